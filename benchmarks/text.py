"""The text of a benchmark: the encoded tokens of a study, or a plain text put through the same normaliser."""

import gzip
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
from wordspaces.tokens.encode import encode
from wordspaces.tokens.encoded import Encoded, read_encoded, read_vocabulary
from wordspaces.tokens.normalising import normalise_documents
from wordspaces.tokens.settings import VocabularySettings
from wordspaces.tokens.types import count_types
from wordspaces.tokens.vocabulary import RESERVED, build_vocabulary

LARGEST = 7_000_000
SMALLEST = 10_000
IN_FOLDER = "wiki.txt.gz"
HELDOUT = 0.1
MIN_COUNT = 5


@dataclass(frozen=True)
class Text:
    """Training and held-out documents over one vocabulary; `name` says where they come from.

    words : the entries of the vocabulary, `size` of them; row n has id n.
    """

    name: str
    training: Encoded
    heldout: Encoded
    words: tuple[str, ...]

    @property
    def size(self) -> int:
        """Entries of the vocabulary."""
        return len(self.words)


def read_text(study: str, corpus: Path | None) -> Text:
    """Sample "a" of the corpus "wiki" of a study, or the plain text at `corpus`, a file or a folder with a wiki."""
    return plain_text(corpus) if corpus else study_text(Path("results") / study)


def study_text(folder: Path) -> Text:
    """Training sample and held-out documents of a study; `StudyError` where the study is not made."""
    tokens = folder / "tokens"
    training, heldout = (sorted((tokens / "wiki" / sample).glob("*.parquet")) for sample in ("a", "heldout"))
    vocabulary = tokens / "vocabulary.parquet"
    if not (training and heldout and vocabulary.is_file()):
        allowed = "the encoded tokens of a finished study"
        raise StudyError(tokens, "no encoded tokens", allowed, "run `make study` first, or give CORPUS=path")
    words = tuple(read_vocabulary(vocabulary)["token"].to_pylist())
    return Text(str(folder), read_encoded(training), read_encoded(heldout), words)


def plain_text(path: Path) -> Text:
    """Text of one paragraph a line, plain or .gz, or the file `IN_FOLDER` of a folder.

    Each paragraph is a document, and a tenth of them is held out.
    Of a text with more than about `LARGEST` words, paragraphs drawn at random, so that a run stays within minutes.
    Words seen fewer than `MIN_COUNT` times in the training part are ``<unk>``, as in a study. `StudyError` where there
    is no such file, it is no UTF-8 text, or it has fewer than `SMALLEST` tokens.
    """
    path = path / IN_FOLDER if path.is_dir() else path
    documents = _documents(_paragraphs(path))
    normalised = normalise_documents(documents)
    cut = int((1.0 - HELDOUT) * normalised.num_rows)
    training, heldout = normalised.slice(0, cut), normalised.slice(cut)
    tokens = pc.sum(pc.add(normalised["words"], normalised["placeholders"])).as_py() or 0
    if tokens < SMALLEST:
        raise StudyError(path, f"{tokens:,} tokens", f"a text of {SMALLEST:,} or more, one paragraph a line")
    with tempfile.TemporaryDirectory() as folder:
        counts = pa.concat_tables(count_types([training], Path(folder) / "types")).select(["token", "count"])
    frequent = counts.filter(pc.greater_equal(counts["count"], MIN_COUNT))
    words = pc.sum(pc.invert(pc.is_in(frequent["token"], value_set=pa.array(RESERVED)))).as_py() or 0
    settings = VocabularySettings(vocabulary_size=max(words, 1) + len(RESERVED), min_count=MIN_COUNT)
    vocabulary = build_vocabulary([counts], settings)
    known = vocabulary["token"].combine_chunks()
    parts = [_encoded(encode(part, known)) for part in (training, heldout)]
    return Text(str(path), *parts, tuple(known.to_pylist()))


def _paragraphs(path: Path) -> list[str]:
    """Lines that are not blank, of a plain text or a .gz of one."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            return [line.strip() for line in lines if line.strip()]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StudyError(
            "CORPUS", f"{path} ({reason})", "a UTF-8 text, .txt or .txt.gz, one paragraph a line"
        ) from None


def _documents(paragraphs: Iterable[str]) -> pa.Table:
    """Paragraphs in random order, about `LARGEST` words of them: id string, text string, sorted by id."""
    lines = np.array(list(paragraphs), dtype=object)
    order = generator(0, "benchmark", "paragraphs").permutation(len(lines))
    ends = np.cumsum([len(lines[index].split()) for index in order])
    drawn = lines[order[: 1 + int(np.searchsorted(ends, LARGEST / (1.0 - HELDOUT)))]]
    names = [f"paragraph:{number:09d}" for number in range(len(drawn))]
    return pa.table([pa.array(names, pa.string()), pa.array(drawn.tolist(), pa.string())], ["id", "text"])


def _encoded(table: pa.Table) -> Encoded:
    """One encoded shard as the stages read it: through a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shard.parquet"
        pq.write_table(table, path)
        return read_encoded([path])
