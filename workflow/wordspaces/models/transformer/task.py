"""One training of GPT or BERT as files and settings: what each process needs to take part in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wordspaces.common.artefacts import read_tensors
from wordspaces.common.notice import Notice
from wordspaces.common.provenance import Provenance
from wordspaces.common.resume import Checkpoint
from wordspaces.models.transformer.settings import BertSettings, GptSettings, settings_of
from wordspaces.models.transformer.train import Training
from wordspaces.tokens.encoded import vocabulary_size
from wordspaces.tokens.spelled import read_spellings, read_text, word_count


@dataclass(frozen=True)
class Task:
    """Paths, settings and seed of one training.

    variant : its settings, defaults included. tokens, heldout : encoded shards. spellings, start : one path, or none.
    folder : of its resume files, saved every so many `minutes` under a key made of `provenance`. label : what its
    progress is called.
    """

    variant: Mapping[str, Any]
    tokens: list[str]
    heldout: list[str]
    vocabulary: str
    spellings: list[str]
    start: list[str]
    seed: int
    folder: Path
    provenance: Provenance
    minutes: float = 5.0
    label: str = "train"

    @property
    def settings(self) -> GptSettings | BertSettings:
        """Of the family of the variant."""
        return settings_of(self.variant)

    def checkpoint(self, notice: Notice | None = None) -> Checkpoint:
        """Where its unfinished states are saved."""
        return Checkpoint(self.folder, self.provenance, self.minutes, notice)

    def training(self, checkpoint: Checkpoint | None) -> tuple[Training, int]:
        """Read the files; the training, ready to run, and how many words it will be shown.

        Raises
        ------
        StudyError : as `Training`.
        """
        settings = self.settings
        text, heldout = (read_text(part, settings.tokeniser) for part in (self.tokens, self.heldout))
        spellings = read_spellings(self.spellings, settings.tokeniser)
        start = next((read_tensors(path) for path in self.start), None)
        size = vocabulary_size(self.vocabulary)
        training = Training(settings, text, heldout, size, self.seed, checkpoint, spellings, start)
        return training, word_count(text) * settings.epochs
