"""The table of model RDMs for single spaces that know frequency, or nothing of what is asked."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from wordspaces.analysis.modelling.cells import model_rdm_table
from wordspaces.analysis.modelling.evidence import Evidence
from wordspaces.analysis.roster import Roster, Space, Words
from wordspaces.analysis.settings import ModelRdmSettings
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator


def planted(tokens: tuple[str, ...], counts: np.ndarray, vectors: np.ndarray) -> pd.DataFrame:
    """Table of one space with the evidence of a random matrix of counts."""
    words = Words(np.arange(len(tokens), dtype=np.int32), tokens, counts)
    rows = generator(1, "planted rows").random((len(tokens), 40))
    evidence = {"wiki": Evidence(words, counts, (csr_array(rows),))}
    roster = Roster("input", (Space("wiki", "a", "glove", "glove", 1),), words, (vectors,))
    return model_rdm_table([roster], evidence, {}, ModelRdmSettings(methods=["pearson"])).to_pandas()


def test_a_space_made_of_frequency_is_explained_by_it() -> None:
    counts = np.array([int(2 ** (i / 4)) + 5 for i in range(60)])
    angle = np.pi * np.linspace(0.0, 1.0, 60)
    tokens = tuple(f"w{i:03d}" for i in generator(1, "names").permutation(60))
    noisy = np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.02 * generator(1, "error").standard_normal((60, 2))
    table = planted(tokens, counts, noisy).set_index(["predictor", "measure"])
    assert table.loc[("frequency difference", "alone"), "value"] > 0.8
    assert table.loc[("frequency difference", "weight"), "low"] > 0.5
    assert table.loc[("all", "cross-validated"), "value"] > 0.8
    assert table.loc[("spelling", "weight"), "value"] < 0.05


def test_a_predictor_that_does_not_vary_is_null_and_the_others_are_fitted() -> None:
    vectors = generator(1, "vectors").standard_normal((40, 6))
    tokens = tuple(f"{i:02d}" for i in range(40))
    table = planted(tokens, np.full(40, 7), vectors).set_index(["predictor", "measure"])
    for name in ("frequency difference", "frequency sum", "length"):
        assert table.loc[name, "value"].isna().all()
        assert set(table.loc[name, "note"]) == {"not defined: the predictor is the same for all pairs"}
    assert table.loc[["spelling", "ppmi"], "value"].notna().all()
    assert np.isfinite(table.loc[("all", "cross-validated"), "value"])


def test_too_few_words_to_cross_validate_is_null_with_a_note() -> None:
    vectors = generator(1, "few").standard_normal((12, 4))
    table = planted(tuple("abcdefghijkl"), np.arange(5, 17), vectors).set_index(["predictor", "measure"])
    joint = table.loc[("all", "cross-validated")]
    assert np.isnan(joint["value"])
    assert joint["note"].startswith("not defined: a fold of 2 words, 4 or more are needed")
    assert table.loc[("ppmi", "weight"), "value"] >= 0.0


@pytest.mark.parametrize(("vectors", "found"), [(np.eye(20), "all equal"), (np.full((20, 3), np.nan), "not finite")])
def test_a_space_without_an_rdm_is_refused_by_name(vectors: np.ndarray, found: str) -> None:
    with pytest.raises(StudyError, match=f"wiki/a/glove/seed1 input.*{found}"):
        planted(tuple("abcdefghijklmnopqrst"), np.arange(5, 25), vectors)
