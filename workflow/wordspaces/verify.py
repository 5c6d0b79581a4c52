"""Command that checks every artefact of a study against the provenance it carries.

python -m wordspaces.verify results/sample
"""

import sys
from pathlib import Path

from wordspaces.analysis.tables import read_csv_twin as read_analysis_csv
from wordspaces.common.errors import StudyError
from wordspaces.common.node import cpu_types
from wordspaces.common.provenance import Provenance
from wordspaces.common.verify import READERS, verify
from wordspaces.report.pictures import read_csv_twin as read_figure_csv
from wordspaces.report.provenance import READERS as REPORT_READERS


def read_csv(path: Path) -> tuple[Provenance, str]:
    """A CSV carries no record: it is held to its twin, the Parquet table of an analysis or the SVG of a figure."""
    return (read_analysis_csv if path.with_suffix(".parquet").is_file() else read_figure_csv)(path)


def main(folder: str) -> int:
    """Print the faults and a closing line; exit status 0 when there is none, 1 otherwise."""
    try:
        count, faults = verify(folder, {**READERS, **REPORT_READERS, ".csv": read_csv})
    except StudyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for fault in faults:
        print(fault)
    print(f"{folder}: {count} artefacts, {len(faults)} faults")
    types = cpu_types(Path(folder) / "logs").most_common()
    if len(types) > 1:
        print("made on several CPU types: the same bytes again are promised for one type alone")
    for cpu, jobs in types:
        print(f"  {jobs} job{'s' if jobs > 1 else ''} on {cpu}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "results/sample"))
