"""The table of examples of one model: text that GPT writes, and gaps that BERT fills."""

import pyarrow as pa

EXAMPLES = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("probe", pa.string(), nullable=False),
        pa.field("number", pa.int32(), nullable=False),
        pa.field("prompt", pa.string()),
        pa.field("text", pa.string(), nullable=False),
        pa.field("bits", pa.float32()),
        pa.field("truth", pa.string()),
        pa.field("fill", pa.string()),
        pa.field("rank", pa.int32()),
        pa.field("probability", pa.float32()),
    ]
)
"""A row of the kind "sample" is a text, of the kind "filled" one way to fill one gap.

probe : corpus of the held-out text, "" for samples. number : of the sample or of the gap in its probe, from 1. text :
of a sample, prompt included; of a gap what the model was shown, with `[MASK]` for the hidden word. Samples alone have
prompt (as far as the vocabulary has its words) and bits: mean -log2 P of the tokens drawn, under the model as it was
trained. Gaps alone have truth (the hidden word), fill (a word for it), rank (from 1) and probability.
"""


def example_table(rows: list[dict[str, object]]) -> pa.Table:
    """Examples under `EXAMPLES`; what a row does not name is null."""
    return pa.Table.from_pylist(rows, schema=EXAMPLES)
