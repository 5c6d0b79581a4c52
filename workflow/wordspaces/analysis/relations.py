"""What differs between two spaces: the relations by which correlations are grouped.

A relation names what differs. Seeds differ unless it says `SAME_SEED`, for two runs of one seed may share their
initial vectors or their order of training, which is agreement that the texts did not make.

========================  ============================================================================
relation                  the two spaces
========================  ============================================================================
seed                      same corpus, sample and model
sample                    same corpus and model, other document sample
corpus                    same model, other corpus (samples of two corpora have nothing in common)
epochs                    same corpus and sample, models that differ in the number of epochs alone
variant                   same corpus and sample, two other variants of one family
family                    same corpus and sample, models of two families
epochs / variant /        the same kinds of model pairs, other sample of one corpus
family and sample
epochs / variant /        the same kinds of model pairs, other corpus
family and corpus
external                  one of them was trained by others
probe                     one run, contextual vectors read from two probe texts
... same seed             as above, but of one seed
... other probe           as above, and contextual vectors are read from two probe texts
========================  ============================================================================
"""

from collections.abc import Mapping

from wordspaces.analysis.roster import EXTERNAL, Run, Space

SAME_SEED = " same seed"


def model_difference(a: Run | Space, b: Run | Space, epochs_of: Mapping[str, str]) -> str:
    """How two models differ: "" (not at all), "epochs", "variant" or "family"."""
    if a.model == b.model:
        return ""
    if epochs_of.get(a.model, a.model) == epochs_of.get(b.model, b.model):
        return "epochs"
    return "variant" if a.family == b.family else "family"


def relation(a: Space, b: Space, epochs_of: Mapping[str, str]) -> str:
    """Relation of two different spaces of one roster, as the table above defines it."""
    if EXTERNAL in (a.family, b.family):
        return EXTERNAL
    if a.run == b.run:
        return "probe"
    text = "corpus" if a.corpus != b.corpus else "sample" if a.sample != b.sample else ""
    differences = [part for part in (model_difference(a, b, epochs_of), text) if part]
    name = " and ".join(differences) if differences else "seed"
    if a.seed == b.seed:
        name += SAME_SEED
    if a.probe != b.probe:
        name += " other probe"
    return name
