"""Readers of files of tweets."""

from wordspaces.corpus.records import Reader
from wordspaces.corpus.sentiment140 import read_sentiment140
from wordspaces.corpus.tweets import read_crowdflower, read_orange_tab
from wordspaces.corpus.twitter_stream import read_twitter_stream

READERS: dict[str, Reader] = {
    "twitter-stream": read_twitter_stream,
    "sentiment140": read_sentiment140,
    "orange-tab": read_orange_tab,
    "crowdflower": read_crowdflower,
}
