"""Settings of this stage, one class a rule, so that a change reruns no more than it touches."""

from pydantic import Field

from wordspaces.common.settings import Settings


class DuplicateSettings(Settings):
    """What counts as a document that stands in its corpus already.

    Documents with equal id or text (letters and digits) always do. Near duplicates are found by the shingles of
    words that two documents share: a pair whose shingle sets have the Jaccard similarity J is found with the
    probability 1 - (1 - J**rows)**bands. As set here: 1.00 at J = 0.9, 0.89 at 0.71 (one word of twenty changed), 0.42
    at 0.6, 0.12 at 0.5, 0.02 at 0.4, 0.002 at 0.3.
    """

    titles: bool = True
    """Whether documents with equal titles are duplicates, as versions of one article are; forums repeat theirs."""
    near: bool = True
    """Whether near duplicates are left out too, not only exact ones."""
    shingle_words: int = Field(default=3, ge=1, le=64)
    """Consecutive words that make a shingle."""
    bands: int = Field(default=32, ge=1, le=100)
    """Groups of least hashes; near duplicates agree in at least one. More bands find more, and cost 8 bytes each."""
    rows: int = Field(default=8, ge=1, le=64)
    """Least hashes in a band, all of which must agree. More rows refuse more of the pairs that share little."""
    min_shingles: int = Field(default=5, ge=1, le=1000)
    """Documents with fewer distinct shingles have exact duplicates only."""


class ExtractionSettings(Settings):
    """Limits for a page of wikitext, so that no page can hold up a shard."""

    page_characters: int = Field(default=4_000_000, ge=1000)
    """Longest page, in characters; a longer one is left out and counted. The wikis allow two million bytes."""
    page_seconds: float = Field(default=60.0, gt=0.0)
    """Longest CPU time for one page; one that takes longer is left out and counted."""
