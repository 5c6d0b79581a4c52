"""Settings of GPT and BERT: one dial, the dimension, sets the size of the body and the learning rates for it."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from wordspaces.models.seeding import SeededSettings

WIDTH = 64


def scaled(dimension: int, optimiser: str) -> dict[str, Any]:
    """What a dimension d brings with it where nothing else is said: the defaults of the fields below at d = 64.

    A layer and a head for each 64 components, as in GPT-2 (768: 12 and 12), two at least; fewer heads where so many do
    not divide the dimension. Learning rates of AdamW fall with the root of the width; Muon's updates have the size of
    their matrix whatever its gradient, so its rate stays (Jordan et al. 2024).
    """
    narrow, many = min(1.0, WIDTH / dimension) ** 0.5, max(2, dimension // WIDTH)
    return {
        "layers": many,
        "heads": next(heads for heads in range(many, 0, -1) if dimension % heads == 0),
        "embedding_rate": 6e-3 * narrow,
        "matrix_rate": 2e-2 if optimiser == "muon" else 3e-3 * narrow,
    }


class TransformerSettings(SeededSettings):
    """What both families share: body, output head, optimiser and what is written down on the way."""

    tokeniser: Annotated[str, Field(min_length=1)] = "words"
    """What the model reads: words of the one vocabulary, or the pieces of a tokeniser of that name."""
    dimension: Annotated[int, Field(gt=0)] = 64
    """Length of an embedding vector and width of the residual stream; sets what is not given of layers, heads and the
    two learning rates."""
    layers: Annotated[int, Field(gt=0)] = 2
    """Transformer blocks; where not given, one for each 64 components of the dimension, two at least."""
    heads: Annotated[int, Field(gt=0)] = 2
    """Attention heads of a block, which must divide the dimension; where not given, as many as layers would be."""
    context: Annotated[int, Field(ge=8)] = 64
    """Positions of one row, in which short documents lie side by side; a longer document is cut."""
    positions: Literal["learned", "sinusoidal"] = "learned"
    """Position vectors: trained, or the fixed sines of Vaswani et al. (2017)."""
    tied: bool = True
    """Whether the output head reuses the embedding matrix (Press and Wolf 2017)."""
    initialisation: Annotated[float, Field(gt=0)] = 0.02
    """Standard deviation of the initial embeddings and matrices; residual projections get it over sqrt(2 layers)."""
    softmax: Literal["sampled", "exact"] = "sampled"
    """Training loss over a sample of candidate words, or over the whole vocabulary; evaluation is always exact."""
    candidates: Annotated[int, Field(gt=0)] = 256
    """Words drawn for the sampled softmax beside the targets of the batch."""
    batch: Annotated[int, Field(gt=0)] = 32
    """Rows of one update."""
    epochs: Annotated[int, Field(gt=0)] = 4
    """Passes over the sample; with the batch it fixes the number of updates."""
    optimiser: Literal["muon", "adamw"] = "muon"
    """Optimiser of the block matrices; embeddings, positions, biases and norms always use AdamW."""
    embedding_rate: Annotated[float, Field(gt=0)] = 6e-3
    """Peak learning rate of everything that AdamW updates outside the block matrices; where not given, it falls with
    the root of the dimension above 64."""
    matrix_rate: Annotated[float, Field(gt=0)] = 2e-2
    """Peak learning rate of the block matrices; where not given, 0.02 for Muon, and 0.003 for AdamW, which falls as the
    other."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """How the learning rate goes from its peak to its end after the warm-up; constant stays at the peak."""
    warm_up: Annotated[float, Field(ge=0, lt=1)] = 0.03
    """Share of the updates in which the learning rate rises from zero."""
    final_rate: Annotated[float, Field(ge=0, le=1)] = 0.02
    """Learning rate at the end of the schedule, as a share of the peak."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    """Decoupled weight decay (Loshchilov and Hutter 2019) of matrices and embeddings."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the embedding sum and of each residual branch that is dropped in training."""
    clip: Annotated[float, Field(gt=0)] = 2.0
    """Largest Euclidean norm of the whole gradient."""
    snapshots: Annotated[int, Field(ge=2)] = 10
    """Photographs of the embedding matrix, the untrained and the final one included."""
    snapshot_words: Annotated[int, Field(gt=0)] = 2500
    """Words, ids 0 .. n-1 of the vocabulary of words, that a snapshot holds."""
    heldout_tokens: Annotated[int, Field(gt=0)] = 8192
    """Positions of held-out rows (evenly chosen) on which each row of the log measures the loss."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where the model is trained."""
    processes: Annotated[int, Field(ge=1)] = 1
    """Processes of one node that share every update, each on a GPU of its own, or on a core. The rows of an update are
    the same whatever the number; gradients are added in another order, so losses agree to rounding and bytes do not.
    With the same number and devices of one kind, bytes are the same again."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of matrix products and attention; weights, sums and averages stay in float32. bfloat16 is for GPUs. A rerun has
    the same bytes, but losses agree with those of float32 to two or three digits only."""
    compiled: bool = False
    """Whether torch compiles the blocks: a minute at the start, for trainings of hours on a GPU. Fused operations round
    in another way, and compilers differ: bytes are the same only with the same torch, compiler and kind of device."""

    @model_validator(mode="before")
    @classmethod
    def _scaled(cls, given: Any) -> Any:
        """Fill in what the dimension brings with it; a dimension of the wrong type is refused by its own field."""
        if not isinstance(given, Mapping):
            return given
        dimension = given.get("dimension", WIDTH)
        if not isinstance(dimension, int) or isinstance(dimension, bool) or dimension < 1:
            return given
        return scaled(dimension, given.get("optimiser", "muon")) | dict(given)

    @model_validator(mode="after")
    def _heads_divide(self) -> "TransformerSettings":
        if self.dimension % self.heads:
            raise ValueError(f"a dimension that {self.heads} heads divide, found {self.dimension}")
        if self.positions == "sinusoidal" and self.dimension % 2:
            raise ValueError(f"an even dimension with sinusoidal positions, found {self.dimension}")
        return self


class GptSettings(TransformerSettings):
    """A causal language model, after Radford et al. (2019)."""

    family: Literal["gpt"] = "gpt"
    """Each word from the words before it."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.3
    """Decoupled weight decay (Loshchilov and Hutter 2019) of matrices and embeddings."""
    heldout_tokens: Annotated[int, Field(gt=0)] = 4096
    """Positions of held-out rows (evenly chosen) on which each row of the log measures the loss."""


class BertSettings(TransformerSettings):
    """A masked language model with next-sentence prediction, after Devlin et al. (2019); each has its own weight."""

    family: Literal["bert"] = "bert"
    """Masked words from the words around them."""
    epochs: Annotated[int, Field(gt=0)] = 5
    """Passes over the sample; with the batch it fixes the number of updates."""
    mask_rate: Annotated[float, Field(gt=0, lt=1)] = 0.3
    """Share of the words that are predicted (Wettig et al. 2023 find more than the original 0.15 better)."""
    masked_weight: Annotated[float, Field(ge=0)] = 1.0
    """Weight of the masked-word loss; 0 trains next-sentence prediction alone."""
    next_sentence_weight: Annotated[float, Field(ge=0)] = 0.2
    """Weight of the next-sentence loss (1 in the paper, which slows the words down in a study of a few minutes);
    0 trains the masked language model alone, on pairs of one document only."""

    @model_validator(mode="after")
    def _something_is_learnt(self) -> "BertSettings":
        if self.masked_weight == 0.0 and self.next_sentence_weight == 0.0:
            raise ValueError("masked_weight or next_sentence_weight above 0, found 0 for both")
        return self


def settings_of(variant: Mapping[str, Any]) -> GptSettings | BertSettings:
    """Settings of a variant as the study resolved them, defaults included; `family` says which."""
    return {"gpt": GptSettings, "bert": BertSettings}[variant["family"]](**variant)
