"""Saves a figure as SVG and PNG with the job's provenance inside, and the table that it was drawn from as CSV.

Two equal jobs write equal bytes: no date and fixed identifiers.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from wordspaces.common.artefacts import atomic
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.report.provenance import into_png, into_svg, read_svg
from wordspaces.report.style import house_style

PNG_DPI = 160
TABLE_KEY = "table"  # among the settings of a figure's record: SHA-256 of its CSV


@dataclass(frozen=True)
class Drawn:
    """A figure and the table it shows: what the CSV of the same name holds."""

    figure: Figure
    table: pd.DataFrame


def save(path: str | Path, drawn: Mapping[str, Drawn], provenance: Provenance) -> None:
    """Write the figure named by the stem of `path`, in the format of its suffix (.svg, .png or .csv).

    Raises
    ------
    StudyError : no such figure was drawn, or the format is another.
    """
    path = Path(path)
    writers = {".svg": _svg, ".png": _png, ".csv": _csv}
    if path.stem not in drawn:
        raise StudyError(path, f"no figure {path.stem!r}", ", ".join(sorted(drawn)))
    if path.suffix not in writers:
        raise StudyError(path, f"format {path.suffix!r}", ", ".join(writers))
    table = {TABLE_KEY: hashlib.sha256(_csv(drawn[path.stem], provenance)).hexdigest()}
    provenance = replace(provenance, settings=provenance.settings | table)
    with house_style():
        payload = writers[path.suffix](drawn[path.stem], provenance)
    with atomic(path) as partial:
        partial.write_bytes(payload)


def _svg(drawn: Drawn, provenance: Provenance) -> bytes:
    stream = io.StringIO()
    drawn.figure.savefig(stream, format="svg", metadata={"Date": None, "Description": " "})
    return into_svg(stream.getvalue(), provenance).encode()


def _png(drawn: Drawn, provenance: Provenance) -> bytes:
    stream = io.BytesIO()
    drawn.figure.savefig(stream, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return into_png(stream.getvalue(), provenance)


def read_csv_twin(path: Path) -> tuple[Provenance, str]:
    """Provenance of the SVG beside a figure's CSV, and its seal, or "" where the CSV is not the table it shows."""
    provenance, content = read_svg(path.with_suffix(".svg"))
    whole = hashlib.sha256(path.read_bytes()).hexdigest() == provenance.settings.get(TABLE_KEY)
    return provenance, content if whole else ""


def _csv(drawn: Drawn, _provenance: Provenance) -> bytes:
    return drawn.table.to_csv(index=False, lineterminator="\n", float_format="%.9g").encode()
