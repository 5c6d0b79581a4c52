"""Vectors that others trained, as a spaces table of the study."""

import numpy as np
import pytest
from pydantic import ValidationError
from safetensors.numpy import save_file

from wordspaces.common.errors import StudyError
from wordspaces.models.export import write_word2vec_binary, write_word2vec_text
from wordspaces.spaces.external import external_space
from wordspaces.spaces.settings import ExternalSettings
from wordspaces.spaces.table import INPUT_LAYER, INPUT_PROBE, INPUT_SPACE, select_space

VOCABULARY = ["<unk>", "<url>", "the", "king", "queen", "of"]
FOUND = ["queen", "zebra", "<unk>", "the"]
VECTORS = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)


def files(folder, form):
    path = folder / "vectors"
    if form == "glove":
        write_word2vec_text(path, FOUND, VECTORS)
        path.write_text(path.read_text().split("\n", 1)[1])
    elif form == "safetensors":
        save_file({"embedding": VECTORS}, path)
        (folder / "words").write_text("\n".join(FOUND))
        return [path, folder / "words"]
    else:
        {"text": write_word2vec_text, "binary": write_word2vec_binary}[form](path, FOUND, VECTORS)
    return [path]


@pytest.mark.parametrize("form", ["text", "binary", "glove", "safetensors"])
def test_words_of_the_vocabulary_by_id_whatever_the_format(tmp_path, form):
    kind = form if form in ("glove", "safetensors") else "word2vec"
    extra = {"vocabulary": "words"} if form == "safetensors" else {}
    table = external_space(files(tmp_path, form), ExternalSettings(format=kind, path="vectors", **extra), VOCABULARY)
    ids, contexts, vectors = select_space(table, INPUT_SPACE, INPUT_LAYER, INPUT_PROBE)
    assert ids.tolist() == [2, 4]
    assert contexts.tolist() == [0, 0]
    assert table["token"].to_pylist() == ["the", "queen"]
    np.testing.assert_array_equal(vectors, VECTORS[[3, 0]])


def test_a_file_without_a_known_word_is_refused(tmp_path):
    with pytest.raises(StudyError, match="no word of the vocabulary of 1 words"):
        external_space(files(tmp_path, "text"), ExternalSettings(format="word2vec", path="vectors"), ["<unk>", "King"])


def test_settings_that_do_not_belong_together_are_refused():
    with pytest.raises(ValidationError, match="a vocabulary with format safetensors"):
        ExternalSettings(format="safetensors", path="m")
    with pytest.raises(ValidationError, match="no vocabulary and no tensor"):
        ExternalSettings(format="glove", path="m", tensor="x")
