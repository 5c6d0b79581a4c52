"""What a family of models draws at random: the one place that says so, for the configuration and for the analyses."""

from wordspaces.models.seeding import STREAMS, Stream

STREAMS_OF_FAMILY: dict[str, tuple[Stream, ...]] = {
    "glove": ("initialisation", "order"),
    "svd": (),
}
"""Families that do not have every random stream, with those that they have."""


def streams_of(family: str) -> tuple[Stream, ...]:
    """Random streams of a training of the family: GloVe draws no samples, PPMI-SVD nothing at all."""
    return STREAMS_OF_FAMILY.get(family, STREAMS)


def seeded(family: str) -> bool:
    """Whether seeds make a difference to the family; where they do not, one seed is as good as several."""
    return bool(streams_of(family))
