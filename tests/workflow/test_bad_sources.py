"""Files that are not what their source says, through the real Snakemake: one line each, nothing half-written."""

import bz2
import gzip
import io
import tarfile
import zipfile

import pytest
import yaml
from serving import load_server

COMMON = {"kind": "corpus", "what": "a test", "language": "en", "licence": "none", "terms": "none", "bytes": 1}
TWEET = b'{"id_str": "1", "text": "a tweet", "lang": "en"}\n'


def climbing_zip():
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("../../evil.csv", '"4","1","d","q","u","a tweet"\n')
    return sink.getvalue()


def climbing_tar():
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        member = tarfile.TarInfo("../evil.json")
        member.size = len(TWEET)
        archive.addfile(member, io.BytesIO(TWEET))
    return sink.getvalue()


WHOLE = b"one line\nand another\n" * 500
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><mediawiki><page><title>&b;</title></page></mediawiki>'
# name of the file: format, content, what is told, further keys of the source
BAD = {
    "page.txt": ("lines", b"<!DOCTYPE html><html>Please log in</html>", "a web page", {}),
    "page.parquet": ("parquet", b"<html>Please log in</html>", "a web page", {}),
    "cut.txt.gz": ("lines", gzip.compress(WHOLE)[:-20], "ends early", {}),
    "cut.xml.bz2": ("mediawiki", bz2.compress(b"<mediawiki><page/></mediawiki>" * 99)[:-20], "ends early", {}),
    "bomb.xml": ("mediawiki", BOMB, "a document type declaration", {}),
    "latin.txt": ("lines", "caf\xe9".encode("latin-1"), "byte 0xe9 in line 1", {}),
    "climbing.zip": ("sentiment140", climbing_zip(), "leads out of the archive", {}),
    "climbing.tar": ("twitter-stream", climbing_tar(), "leads out of the archive", {}),
    "packed.tar.gz": ("twitter-stream", gzip.compress(climbing_tar()), "a compressed tar", {}),
    "columns.csv": ("csv", b"id,body\n1,x\n", "columns id, body", {}),
    "keys.jsonl": ("json-lines", b'{"body": "x"}\n', "keys body", {}),
    "uncut.csv": ("csv", b"text\nx\n", "parts: 2 of a file of format csv", {"parts": 2}),
    "empty.txt": ("lines", b"", "no document (no record at all)", {}),
    "noise.jsonl": ("json-lines", b'\nNULL\n{"text": "\n[]\n', "no document (", {}),
}


def configure(project, sources):
    """A study of the smoke test with these sources as its first corpus, and a list of sources of its own."""
    (project.folder / "config" / "mine.yaml").write_text(yaml.safe_dump(sources, sort_keys=False))
    config = yaml.safe_load((project.folder / "config" / "smoke.yaml").read_text())
    config |= {
        "study": "bad",
        "sources": ["config/mine.yaml"],
        "corpora": {"bad": list(sources)},
        "arms": {},
        "sweeps": {},
        "adaptation": {},
    }
    (project.folder / "config" / "bad.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    return "config/bad.yaml"


def errors(run):
    """Error lines of our own, each once; there must be nothing of Python's machinery around them."""
    assert run.returncode != 0
    for word in ("Traceback (most recent", "Exception ignored"):
        assert word not in run.stdout, run.stdout[-3000:]
    return {line.strip() for line in run.stdout.splitlines() if line.strip().startswith("error in ")}


def test_each_bad_file_ends_in_one_line(clean):
    (clean.folder / "data").mkdir()
    sources = {}
    for name, (format, content, _, more) in BAD.items():
        (clean.folder / "data" / name).write_bytes(content)
        where = {"fetcher": "local", "files": [f"data/{name}"]}
        sources[name.replace(".", "-")] = {**COMMON, "where": where, "format": format, **more}
    config = configure(clean, sources)
    shards = [f"results/bad/corpus/bad/{name.replace('.', '-')}.parquet" for name in BAD if name != "uncut.csv"]
    parts = "results/bad/corpus/bad/uncut-csv.0000.parquet"
    told = errors(clean.snakemake("--keep-going", *shards, parts, config=config))
    late = {name for name in BAD if "no document" in BAD[name][2]}
    for name in BAD.keys() - late:
        assert [line for line in told if name in line and BAD[name][2] in line], f"{name}: {sorted(told)}"
    assert len(told) == len(BAD) - len(late)
    left = {path.name for path in (clean.folder / "results" / "bad" / "corpus" / "bad").iterdir()}
    assert left == {f"{name.replace('.', '-')}{end}.parquet" for name in late for end in ("", ".dropped")}


@pytest.mark.parametrize("name", ["empty.txt", "noise.jsonl"])
def test_a_source_without_a_document_is_refused_before_samples_are_drawn(clean, name):
    (clean.folder / "data").mkdir()
    (clean.folder / "data" / name).write_bytes(BAD[name][1])
    where = {"fetcher": "local", "files": [f"data/{name}"]}
    config = configure(clean, {"mine": {**COMMON, "where": where, "format": BAD[name][0]}})
    (line,) = errors(clean.snakemake("results/bad/tokens/samples.parquet", config=config))
    assert "source mine: found no document (" in line


def test_a_host_on_a_bad_day(clean):
    server_module = load_server()
    answers = {
        "/good.txt": [server_module.status(429, retry_after="0"), server_module.status(503), WHOLE],
        "/cut.txt": [server_module.Answer(WHOLE, cut=3000), WHOLE],
        "/page.txt": server_module.page(),
        "/gone.txt": server_module.status(404),
        "/other.txt": b"not what was promised",
    }
    with server_module.misbehaving(answers) as server:
        files = {name: {"url": server.url(f"/{name}.txt")} for name in ("good", "cut", "page", "gone", "other")}
        files["other"]["sha256"] = "0" * 64
        entries = {
            name: {**COMMON, "where": {"fetcher": "web", "files": [file]}, "format": "lines"}
            for name, file in files.items()
        }
        config = configure(clean, entries)
        targets = [f"results/sources/{name}/{name}.txt" for name in files]
        told = errors(clean.snakemake("--keep-going", *targets, config=config))
        ranges = server.ranges("/cut.txt")
    sources = clean.folder / "results" / "sources"
    for name in ("good", "cut"):
        assert (sources / name / f"{name}.txt").read_bytes() == WHOLE
    assert ranges[0] is None
    assert ranges[1].startswith("bytes=")
    assert len(told) == 3
    for name, word in (("page", "HTML"), ("gone", "404"), ("other", "sha256")):
        assert [line for line in told if f"/{name}.txt" in line and word in line], sorted(told)
        assert not (sources / name / f"{name}.txt").exists()


def test_a_longer_list_of_files_fetches_only_the_new_one(clean):
    files = {f"/{number}.txt": f"text number {number} of some words\n".encode() * 40 for number in range(3)}
    with load_server().misbehaving(files) as server:

        def study(names):
            where = {"fetcher": "web", "files": [{"url": server.url(name)} for name in names]}
            return configure(clean, {"mine": {**COMMON, "where": where, "format": "lines"}})

        targets = [f"results/sources/mine{name}" for name in files]
        run = clean.snakemake(*targets[:2], config=study(list(files)[:2]))
        assert run.returncode == 0, run.stdout[-2000:]
        planned = clean.plan(*targets, config=study(list(files)))
    assert [(rule, wildcards["file"]) for rule, wildcards in planned] == [("fetch_source", "2.txt")]
