"""The spaces table: every word vector of one trained model, whichever layer and probe text it was read from."""

import itertools
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.common.errors import StudyError

INPUT_SPACE, INPUT_LAYER, INPUT_PROBE = "input", -1, ""
OUTPUT_SPACE = "output"
ORDER = ("space", "layer", "probe", "id")


def spaces_schema(dimension: int) -> pa.Schema:
    """Schema of a spaces table whose vectors have `dimension` components."""
    return pa.schema(
        [
            pa.field("space", pa.string(), nullable=False),
            pa.field("layer", pa.int32(), nullable=False),
            pa.field("probe", pa.string(), nullable=False),
            pa.field("id", pa.int32(), nullable=False),
            pa.field("token", pa.string(), nullable=False),
            pa.field("contexts", pa.int32(), nullable=False),
            pa.field("spread", pa.float32(), nullable=True),
            pa.field("vector", pa.list_(pa.field("element", pa.float32()), dimension), nullable=False),
        ]
    )


def space_block(
    space: str,
    layer: int,
    probe: str,
    ids: np.ndarray,
    tokens: Sequence[str],
    contexts: np.ndarray,
    vectors: np.ndarray,
    spread: np.ndarray | None = None,
) -> pa.Table:
    """Rows of one space: a vector for each word.

    Parameters
    ----------
    space : name of the space, such as "input" or "mean".
    layer : layer the vectors come from; -1 for input and output vectors.
    probe : corpus of the held-out text the contexts were read from; "" for input and output vectors.
    ids : int [n], vocabulary ids, each once; tokens : the n words of these ids.
    contexts : int [n], contexts averaged for each vector; 0 for input and output vectors.
    vectors : float [n, d], finite.
    spread : float [n], of the contexts of each word (`wordspaces.spaces.pooling.spreads`); None where there are none.

    Raises
    ------
    StudyError : a length differs from n, an id occurs twice, or a vector is not finite.
    """
    where = f"space {space!r}, layer {layer}, probe {probe!r}"
    n = len(ids)
    if vectors.ndim != 2 or {len(tokens), len(contexts), len(vectors), n if spread is None else len(spread)} != {n}:
        found = f"{n} ids, {len(tokens)} tokens, {len(contexts)} contexts, vectors of shape {vectors.shape}"
        raise StudyError(where, found, "one token, number of contexts and vector for each id")
    if len(np.unique(ids)) != n:
        raise StudyError(where, "an id more than once", "each id once in a space")
    broken = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(broken):
        found = f"{len(broken)} vectors with NaN or infinity, the first of {tokens[broken[0]]!r}"
        raise StudyError(where, found, "finite numbers", "the training diverged: lower `learning_rate`")
    order = np.argsort(ids, kind="stable")
    flat = pa.array(np.ascontiguousarray(vectors[order], np.float32).ravel())
    schema = spaces_schema(vectors.shape[1])
    columns = [
        pa.repeat(pa.scalar(space, pa.string()), n),
        pa.repeat(pa.scalar(layer, pa.int32()), n),
        pa.repeat(pa.scalar(probe, pa.string()), n),
        pa.array(np.asarray(ids)[order].astype(np.int32)),
        pa.array([str(tokens[i]) for i in order], pa.string()),
        pa.array(np.asarray(contexts)[order].astype(np.int32)),
        pa.nulls(n, pa.float32()) if spread is None else pa.array(np.asarray(spread)[order].astype(np.float32)),
        pa.FixedSizeListArray.from_arrays(flat, type=schema.field("vector").type),
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def spaces_table(blocks: Sequence[pa.Table]) -> pa.Table:
    """Join the blocks of one model into its spaces table, sorted by space, layer, probe and id.

    Raises
    ------
    StudyError : there is no block, or two blocks name the same space, layer and probe.
    """
    if not blocks:
        raise StudyError("spaces table", "no space", "one or more spaces of a model")
    keyed = [(*(block[name][0].as_py() for name in ORDER[:3]), block) for block in blocks]
    keyed.sort(key=lambda entry: entry[:3])
    for before, after in itertools.pairwise(keyed):
        if before[:3] == after[:3]:
            raise StudyError("spaces table", f"the space {before[:3]} twice", "each space, layer and probe once")
    return pa.concat_tables([entry[3] for entry in keyed])


def select_space(table: pa.Table, space: str, layer: int, probe: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ids int32 [n] (rising), contexts int32 [n] and vectors float32 [n, d] of one space of a table.

    Raises
    ------
    StudyError : the table has no such space; the message lists those that it has.
    """
    mask = pc.and_(
        pc.and_(pc.equal(table["space"], space), pc.equal(table["layer"], pa.scalar(layer, pa.int32()))),
        pc.equal(table["probe"], probe),
    )
    rows = table.filter(mask).combine_chunks()
    if not rows.num_rows:
        there = table.select(ORDER[:3]).group_by(ORDER[:3], use_threads=False).aggregate([]).to_pylist()
        allowed = "; ".join(str(tuple(entry.values())) for entry in there)
        raise StudyError("spaces table", f"no space {(space, layer, probe)}", allowed)
    vectors = rows["vector"].combine_chunks()
    flat = vectors.flatten().to_numpy(zero_copy_only=False)
    return rows["id"].to_numpy(), rows["contexts"].to_numpy(), flat.reshape(rows.num_rows, vectors.type.list_size)
