"""How spaces are compared, as a study says it: the names of the comparisons, and the dissimilarity of two words."""

from typing import Annotated, Literal

from pydantic import Field

from wordspaces.common.settings import Settings

Method = Literal["pearson", "spearman"]
Methods = Annotated[list[Method], Field(min_length=1)]
Comparison = Literal[
    "cosine",
    "pearson",
    "spearman",
    "rho-a",
    "tau-a",
    "tau-b",
    "whitened",
    "whitened-correlation",
    "cka",
    "cka-biased",
    "bures",
]


class DissimilaritySettings(Settings):
    """Dissimilarity of two words in one space."""

    kind: Literal["cosine", "correlation", "euclidean"] = "cosine"
    """One minus the cosine, one minus the correlation over dimensions, or the Euclidean distance."""
    centred: bool = True
    """Whether the mean over the compared words is taken off first; without it word frequency passes for agreement."""

    @property
    def definition(self) -> tuple[str, bool]:
        """Kind and centring, as `RDMs.of` takes them."""
        return self.kind, self.centred
