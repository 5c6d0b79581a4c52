"""Readers of dumps of wikis."""

from wordspaces.corpus.mediawiki import read_mediawiki
from wordspaces.corpus.records import Reader

READERS: dict[str, Reader] = {
    "mediawiki": read_mediawiki,
}
