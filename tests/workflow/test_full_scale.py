"""A multistream dump and stream archives, in their real formats, from a server through the whole study."""

import json
from hashlib import sha1
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from serving import load_server

ROOT = Path(__file__).resolve().parents[2]
FORMATS = ROOT.parent / "shared" / "corpora" / "formats"
CONFIG = "config/real.yaml"
ITEM = "archiveteam-twitter-stream-2016"
DUMP = "wikimedia/enwiki/20160501"
COMMON = {"kind": "corpus", "what": "a test", "language": "en", "licence": "none", "terms": "none", "bytes": 1}


@pytest.fixture(scope="module")
def files():
    """What the server has: the dump with its index and sums, two archives, and the metadata of their item."""
    if not FORMATS.is_dir():
        pytest.skip("no files in the real formats beside the project")
    served = {f"/enwiki/20160501/{path.name}": path.read_bytes() for path in sorted((FORMATS / DUMP).iterdir())}
    archives = {path.name: path.read_bytes() for path in sorted((FORMATS / "twitterstream").iterdir())}
    listed = [{"name": name, "size": str(len(body)), "sha1": sha1(body).hexdigest()} for name, body in archives.items()]
    served[f"/metadata/{ITEM}"] = json.dumps({"metadata": {"identifier": ITEM}, "files": listed}).encode()
    return served | {f"/download/{ITEM}/{name}": body for name, body in archives.items()}


def study_of(base, names):
    """A small study of the dump in two parts and of the archives in two parts each, and its list of sources."""
    sources = {
        "real-dump": {
            **COMMON,
            "where": {"fetcher": "wikimedia", "wiki": "enwiki", "date": "20160501", "base": base},
            "format": "mediawiki",
            "parts": 2,
        },
        "real-stream": {
            **COMMON,
            "where": {"fetcher": "archive", "item": ITEM, "files": names, "base": base},
            "format": "twitter-stream",
            "parts": 2,
        },
    }
    config = yaml.safe_load((ROOT / "config" / "smoke.yaml").read_text())
    transformer = {**config["models"]["gpt"], "context": 16, "heldout_tokens": 256}
    return sources, {
        **config,
        "study": "real",
        "seeds": [1],
        "arms": {},
        "adaptation": {},
        "curve": {},
        "sweeps": {},
        "sources": ["config/sources.yaml", "config/mine.yaml"],
        "corpora": {"wiki": ["real-dump"], "twitter": ["real-stream"]},
        "tokens": {
            "selection": {"samples": 2, "heldout": 0.1, "tokens_per_sample": 4000, "bootstrap": 1},
            "vocabulary": {"vocabulary_size": 500, "min_count": 2},
            "comparison": {"comparison_min_count": 2},
            "pieces": {"bpe": {"algorithm": "bpe", "size": 600, "characters": 100_000}},
        },
        "models": {
            "skipgram": config["models"]["skipgram"],
            "gpt-bpe": {**transformer, "tokeniser": "bpe"},
        },
        "references": [],
        "analysis": {
            **config["analysis"],
            "neighbours": {"words": ["the", "of", "and"], "k": 3, "least_count": 1},
            # The synonyms of the smoke study are no words of these few pages.
            "dynamics": {**config["analysis"]["dynamics"], "synonyms": []},
        },
    }


def test_real_formats_from_a_server_to_the_report(clean, files):
    names = ["twitter-stream-20160801.tar", "archiveteam-twitter-stream-2016-09.tar"]
    with load_server().misbehaving(files) as server:
        sources, config = study_of(server.base, names)
        (clean.folder / "config" / "mine.yaml").write_text(yaml.safe_dump(sources, sort_keys=False))
        (clean.folder / CONFIG).write_text(yaml.safe_dump(config, sort_keys=False))
        fetched = clean.snakemake("fetch", config=CONFIG)
        assert fetched.returncode == 0, fetched.stdout[-4000:]
    # The server is gone: what follows needs no network but the package index, for the word lists.
    run = clean.snakemake(config=CONFIG)
    assert run.returncode == 0, run.stdout[-6000:]
    assert (clean.folder / "results" / "real" / "report.html").is_file()
    corpus = clean.folder / "results" / "real" / "corpus"
    fates = pq.read_table(corpus / "summary.parquet").to_pandas().set_index(["corpus", "step", "reason"])["documents"]
    # 206 pages are in the dump's index: none may be lost.
    assert fates["wiki", "extraction"].sum() == 206
    assert fates["wiki", "extraction", "redirect"] == 99
    assert fates["wiki", "extraction", "kept"] > 90
    assert fates["twitter", "extraction", "delete notice"] > 100
    assert fates["twitter", "extraction", "kept"] > 500
    assert fates["twitter", "duplicates"].sum() > 0
    assert len(list((corpus / "wiki").glob("real-dump.000?.parquet"))) == 2
    assert len(list((corpus / "twitter").glob("real-stream.000?.parquet"))) == 4
    summary = pq.read_table(clean.folder / "results" / "real" / "tokens" / "summary.parquet").to_pandas()
    training = summary[summary["sample"].isin(["a", "b"])]
    assert set(summary["sample"]) == {"a", "b", "boot1", "heldout"}
    assert training["words"].max() - training["words"].min() <= 1
