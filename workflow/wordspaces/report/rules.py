"""Figure of the rules behind a study: which rule's files each rule was given, as the files themselves record it.

Each artefact names the rule that made it and the files that this rule was given; followed back from the last tables and
figures, the records give the graph that was in fact run, and not one that somebody drew.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import networkx as nx
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib.textpath import TextPath
from safetensors import SafetensorError, safe_open

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import KEY, Provenance
from wordspaces.report.names import STAGES
from wordspaces.report.pictures import Drawn
from wordspaces.report.provenance import read_svg
from wordspaces.report.style import BLUE, INK, PAPER, SILVER, VERMILLION, absent, house_style, new_figure

EDGES = ["stage", "rule", "given_stage", "given_rule", "files"]
FIGURES = "figures"
DOWNLOADS = "downloads"
SWEEPS = 24
LETTERS = 7.6  # points
GAP, MARGIN = 0.55, 0.3  # inches


def record_of(path: str | Path) -> Provenance | None:
    """What a file says of its origin, read from its head or foot alone; None where it is absent or says nothing."""
    path = Path(path)
    try:
        if path.suffix == ".parquet":
            text = (pq.read_metadata(path).metadata or {}).get(KEY.encode())
        elif path.suffix == ".safetensors":
            with safe_open(path, framework="numpy") as tensors:
                text = (tensors.metadata() or {}).get(KEY)
        elif path.suffix == ".svg":
            return read_svg(path)[0]
        else:
            return None
        return Provenance.from_json(text) if text else None
    except (OSError, ValueError, TypeError, pa.ArrowException, SafetensorError, StudyError):
        return None


def recorded(paths: Iterable[str]) -> dict[str, Provenance | None]:
    """Records of files and of all that these were made from, back to files that have none: path -> record."""
    found: dict[str, Provenance | None] = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        if path not in found:
            record = found[path] = record_of(path)
            waiting += record.inputs if record else []
    return found


def rule_edges(records: Mapping[str, Provenance | None], root: str) -> pd.DataFrame:
    """Which rule was given how many files of which: columns stage, rule, given_stage, given_rule, files.

    Parameters
    ----------
    records : of `recorded`.
    root : folder of the study, whose folders are the stages. A file outside it is a download; one inside it that
        carries no record stands for itself, by its name.
    """
    nodes = {path: _node(path, record, root) for path, record in records.items()}
    pairs = {
        (nodes[path], nodes[given], given)
        for path, record in records.items()
        for given in (record.inputs if record else ())
    }
    rows = [(*node, *given) for node, given, _ in sorted(pairs)]
    table = pd.DataFrame(rows, columns=EDGES[:4])
    return table.groupby(EDGES[:4], sort=True).size().rename("files").reset_index()


def _node(path: str, record: Provenance | None, root: str) -> tuple[str, str]:
    """Stage and rule of a file."""
    if not Path(path).is_relative_to(root):
        return STAGES[0], DOWNLOADS
    folder = Path(path).relative_to(root).parts[0]
    return STAGES[-1] if folder == FIGURES else folder, record.rule if record else Path(path).name


@house_style()
def rules(edges: pd.DataFrame) -> Drawn:
    """Rules in columns by stage, and a line from each rule to those that its files were given to.

    `edges` : of `rule_edges`. Rules of a column stand in the order that makes lines short (barycentres of what they are
    joined to, taken in turn from both sides).
    """
    if edges.empty:
        return Drawn(absent("no file of this study says what it was made from"), edges)
    graph = _graph(edges)
    columns = _ordered(graph)
    tallest = max(len(column) for column in columns.values())
    lefts, places = [0.0], {}
    for column in columns.values():
        places |= {node: (lefts[-1], (tallest - len(column)) / 2 + y) for y, node in enumerate(column)}
        lefts.append(lefts[-1] + max(_width(rule) for _, rule in column) + GAP)
    figure = new_figure(lefts[-1] - GAP + 2 * MARGIN, 0.235 * tallest + 0.5)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(-MARGIN, lefts[-1] - GAP + MARGIN)
    axes.set_ylim(tallest - 0.3, -1.6)
    axes.set_axis_off()
    order = {stage: number for number, stage in enumerate(columns)}
    for node, given in graph.edges:
        _edge(axes, places[given], places[node], _width(given[1]), order[node[0]] - order[given[0]])
    for node, (x, y) in places.items():
        box = {"boxstyle": "round,pad=0.1", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.85}
        axes.text(x, y, node[1], va="center", fontsize=LETTERS, color=INK, bbox=box, zorder=3)
    for x, stage in zip(lefts, columns, strict=False):
        axes.text(x, -1.1, stage, va="center", fontsize=10, fontweight="bold", color=INK)
    return Drawn(figure, edges)


def _graph(edges: pd.DataFrame) -> nx.DiGraph:
    """Nodes (stage, rule), each with an edge to what it was given; a rule given its own files has no edge for it."""
    graph = nx.DiGraph()
    for row in edges.itertuples():
        node, given = (row.stage, row.rule), (row.given_stage, row.given_rule)
        graph.add_nodes_from((node, given))
        if node != given:
            graph.add_edge(node, given, files=row.files)
    return graph


def _ordered(graph: nx.DiGraph) -> dict[str, list[tuple[str, str]]]:
    """Nodes of each stage from top to bottom (Sugiyama et al. 1981: sweeps of barycentres, ties by name)."""
    stages = [*STAGES, *sorted({stage for stage, _ in graph} - set(STAGES))]
    columns = {stage: sorted(node for node in graph if node[0] == stage) for stage in stages}
    columns = {stage: nodes for stage, nodes in columns.items() if nodes}
    joined = graph.to_undirected()
    for sweep in range(SWEEPS):
        for stage in list(columns) if sweep % 2 == 0 else list(columns)[::-1]:
            height = {
                node: (place + 0.5) / len(column) for column in columns.values() for place, node in enumerate(column)
            }
            columns[stage].sort(key=lambda node, at=height: (_barycentre(joined, node, at), node))
    return columns


def _barycentre(graph: nx.Graph, node: tuple[str, str], height: Mapping[tuple[str, str], float]) -> float:
    """Mean height of the neighbours of a node in other columns; its own where it has none."""
    others = [height[other] for other in graph[node] if other[0] != node[0]]
    return round(sum(others) / len(others) if others else height[node], 9)


def _width(words: str) -> float:
    """Width of a label in inches."""
    return TextPath((0, 0), words, size=LETTERS).get_extents().width / 72


def _edge(axes: Axes, given: tuple[float, float], node: tuple[float, float], width: float, columns: int) -> None:
    """A line from the end of one label to the begin of another; inside a column an arc beside its left edge.

    width : of the first label, inches; columns : how many columns apart they are.
    """
    within = columns == 0
    colour = {0: VERMILLION, 1: BLUE}.get(columns, SILVER)
    bend = (0.25 if given[1] < node[1] else -0.25) if within else 0.0
    axes.add_patch(
        FancyArrowPatch(
            given if within else (given[0] + width + 0.03, given[1]),
            (node[0] - 0.03, node[1]) if not within else node,
            arrowstyle="-",
            connectionstyle=f"arc3,rad={bend}",
            color=colour,
            linewidth=0.8,
            alpha=0.35 if colour == SILVER else 0.6,
            shrinkA=0,
            shrinkB=0,
            zorder=1 if colour == SILVER else 2,
        )
    )


def edges_of(paths: Iterable[str], root: str) -> pd.DataFrame:
    """`rule_edges` of files and of all that they were made from."""
    return rule_edges(recorded(paths), root)
