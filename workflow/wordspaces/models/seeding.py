"""Which random streams of a training the seed of its run sets: all, or some while the others stay as they are."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from wordspaces.common.settings import Settings

Stream = Literal["initialisation", "order", "sampling"]
STREAMS: tuple[Stream, ...] = get_args(Stream)


class SeededSettings(Settings):
    """What every trained variant says of its random streams.

    initialisation : the vectors before training; order : in which the text, or the pairs of the matrix X, come (BERT:
    also which spans are paired); sampling : subsampled words and noise words, candidates, masks, dropout. GloVe draws
    no samples.
    """

    varied: Annotated[list[Stream], Field(default=list(STREAMS))]
    """Random streams that the seed of a run sets; the others are those of `base_seed` in every run."""
    base_seed: Annotated[int, Field(ge=0)] = 1
    """Seed of the random streams that are not varied."""

    def seed_of(self, stream: Stream, seed: int) -> int:
        """Seed of one stream in the run with `seed`."""
        return seed if stream in self.varied else self.base_seed
