"""BERT's pseudo-log-likelihood: every token of some held-out documents, each hidden alone (Salazar et al. 2020).

Of a word in pieces the later pieces are hidden together with the one that is asked for, as they would give it away
(Kauf and Ivanova 2023).
"""

import math

import numpy as np

from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.cutting import spread
from wordspaces.models.transformer.packing import Pairs
from wordspaces.models.transformer.settings import BertSettings
from wordspaces.models.transformer.softmax import exact_losses
from wordspaces.spaces.hiding import Hidden, hidden_states, stretches
from wordspaces.spaces.places import choose_documents
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import SpelledText, as_words


def one_by_one(text: Encoded, pairs: Pairs, documents: np.ndarray) -> Hidden:
    """A question for every token of some documents, in the order of the text; pairs : of `stretches`."""
    chosen = np.flatnonzero(np.isin(pairs.document, documents))
    number, within = spread(pairs.length[chosen])
    stretch = chosen[number]
    place = pairs.start[stretch] + within
    end = text.starts[text.word_at(place) + 1] if isinstance(text, SpelledText) else place + 1
    return Hidden(stretch, place, end, place)


def pseudo_bits(
    model: Transformer, text: Encoded, settings: BertSettings, reading: ContextualSettings
) -> tuple[np.ndarray, np.ndarray]:
    """-log2 P over the whole vocabulary of every token of the documents that `choose_documents` takes.

    Returns
    -------
    places : int64 [n], rising, offsets into ``text.ids``, in the same documents for every model. bits : float32 [n].
    """
    documents = choose_documents(as_words(text), reading.pseudo_tokens)
    if not len(documents):
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    pairs = stretches(text, settings, model.reach)
    asked = one_by_one(text, pairs, documents)
    hidden = hidden_states(model, text, pairs, asked, settings, reading)
    wanted = hidden.new_tensor(text.ids[asked.place], dtype=int)
    nats = exact_losses(hidden, wanted, model.output, model.bias).detach().cpu().numpy()
    return asked.place, (nats.astype(np.float64) / math.log(2.0)).astype(np.float32)
