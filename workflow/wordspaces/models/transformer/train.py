"""Training GPT and BERT: a fixed number of updates, one thread, the same bytes for the same seed.

Random numbers come from named streams that start afresh for each epoch or update, so a run that resumes needs no
state of a generator: "initialisation" fills the matrices, "order" shuffles rows and exchanges second halves,
"sampling" hides words and draws candidates, "dropout" drops, by a stream of its own on each process.

Several processes may share every update (`team`). They draw the same numbers and hold the same weights; the first one
alone measures, writes down and saves.
"""

import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from wordspaces.common.errors import StudyError
from wordspaces.common.job import Ticker
from wordspaces.common.resume import Checkpoint
from wordspaces.common.streams import generator, stream_seed
from wordspaces.models.result import TrainingResult
from wordspaces.models.snapshots import Snapshots, snapshot_grid
from wordspaces.models.start import checked_start
from wordspaces.models.training_log import TrainingLog
from wordspaces.models.transformer.body import new_model
from wordspaces.models.transformer.cost import peak_flops, training_flops
from wordspaces.models.transformer.objectives import evaluate, new_objective, target_counts
from wordspaces.models.transformer.optimisers import Optimisers, rate_factor
from wordspaces.models.transformer.packing import Rows
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.transformer.softmax import CandidateSampler
from wordspaces.models.transformer.team import Team
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import Spellings


def deterministic(device: str) -> None:
    """One thread and deterministic kernels, for the whole process."""
    torch.set_num_threads(1)
    # Averages of gradients of words long unseen fade into subnormal numbers, on which a CPU is many times slower.
    torch.set_flush_denormal(True)
    # One thread of a CPU adds in one order, whatever is asked for; asking would load torch's compiler for a second.
    if device != "cpu":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when the device is first used
        torch.use_deterministic_algorithms(True)
        # Filling fresh memory guards against reads of uninitialised values; nothing here makes any, and it costs time.
        torch.utils.deterministic.fill_uninitialized_memory = False


def torch_stream(device: str, seed: int, *names: str) -> torch.Generator:
    """Named random stream as a torch generator."""
    return torch.Generator(device).manual_seed(stream_seed(seed, *names) % 2**63)


@dataclass
class Progress:
    """How far a training has come: everything but arrays that a resume needs."""

    step: int = 0
    tokens_seen: int = 0
    flops: int = 0
    loss_sum: float = 0.0
    losses: int = 0
    seconds: float = 0.0
    rows: list[dict[str, Any]] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)


class Training:
    """One run: the model, its optimisers, and the position in the data; `run` takes it to its end.

    Parameters
    ----------
    settings : of the family. encoded : the training sample. heldout : held-out documents of the same corpus.
    vocabulary : number of ids V that the model reads. seed : of the run. checkpoint : where to save unfinished states;
    None saves nothing. spellings : of all words where the model reads pieces: snapshots are of words then too. start :
    weights of a finished run to go on from, as `run` returns them; averages of gradients start anew.

    Raises
    ------
    StudyError : the sample has no document to train on or not enough for one row, the held-out documents have no word
    to predict, `start` has other shapes, or there are more snapshots than updates.
    """

    def __init__(
        self,
        settings: GptSettings | BertSettings,
        encoded: Encoded,
        heldout: Encoded,
        vocabulary: int,
        seed: int,
        checkpoint: Checkpoint | None = None,
        spellings: Spellings | None = None,
        start: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        deterministic(settings.device)
        self.team = Team()
        self.settings, self.seed, self.checkpoint = settings, seed, checkpoint if self.team.first else None
        self.order, self.sampling = settings.seed_of("order", seed), settings.seed_of("sampling", seed)
        self.text, self.spellings = encoded, spellings
        self.family = settings.family
        self.weights = (getattr(settings, "masked_weight", 1.0), getattr(settings, "next_sentence_weight", 0.0))
        self.objective = new_objective(settings, encoded, heldout, vocabulary)
        counts = target_counts(self.objective, vocabulary)
        self.sampler = CandidateSampler(counts, settings.candidates) if settings.softmax == "sampled" else None
        noise = torch_stream("cpu", settings.seed_of("initialisation", seed), self.family, "initialisation")
        self.model = new_model(settings, counts, noise)
        self.optimisers = Optimisers(self.model, settings)
        self.model.reach = self.objective.reach
        if start:
            self._start_from(start)
        self.updates = -(-len(self._epoch(0).tokens) // settings.batch)
        self.steps = self.updates * settings.epochs
        self.grid = set(snapshot_grid(self.steps, settings.snapshots).tolist())
        self.snapshots = Snapshots(min(settings.snapshot_words, vocabulary if spellings is None else len(spellings)))
        self.heldout = self.objective.batch(self.objective.heldout, generator(0, self.family, "heldout", "sampling"))
        if not len(self.heldout.chosen):
            found = f"no word to predict among {len(heldout.ids)} held-out tokens"
            hint = "hold out more text, or raise `heldout_tokens` or `mask_rate` of this variant"
            raise StudyError("tokens.selection.heldout", found, "one or more", hint)
        self.at = Progress()

    def run(self, ticker: Ticker | None = None) -> TrainingResult:
        """Train to the end, from the checkpoint where there is one, and give the result: `train`, then `result`."""
        self.train(ticker)
        return self.result()

    def train(self, ticker: Ticker | None = None) -> None:
        """Make all updates that are left, from the checkpoint where there is one.

        Raises
        ------
        StudyError : the loss is no longer finite; names the step and the learning rates. Or the weights of several
        processes have come apart.
        """
        self._resume()
        start = time.perf_counter() - self.at.seconds
        while self.at.step < self.steps:
            epoch, done = divmod(self.at.step, self.updates)
            rows = self._epoch(epoch)
            order = generator(self.order, self.family, "order", str(epoch)).permutation(len(rows.tokens))
            for update in range(done, self.updates):
                first = update * self.settings.batch
                self._update(rows.take(order[first : first + self.settings.batch]))
                self.at.seconds = time.perf_counter() - start
                if ticker is not None:
                    ticker(self.at.tokens_seen, f"loss {self.at.rows[-1]['loss']:.3f}")
                if self.team.any(self.checkpoint is not None and self.at.step < self.steps and self.checkpoint.due()):
                    self.team.first_does(self._save)
        self.team.check_equal(self.model, f"{self.family}, seed {self.seed}")

    def result(self) -> TrainingResult:
        """What a finished training leaves; of several processes the first has it.

        Returns
        -------
        weights : the model's state by name; "embedding" float32 [V, d] is the input matrix. log : its losses are those
        of the tokens (words, or pieces of them), without the next-sentence part; `loss` is the mean over the updates
        since the last row (in training mode, over candidates where the softmax is sampled), `heldout_loss` exact on
        `heldout_tokens` positions; `tokens_seen` are words presented, whatever a token is. snapshots :
        `Snapshots.tensors`; for BERT also next_sentence_accuracy float64 [n] on the same held-out rows and
        next_sentence_length_only float64 [1], the accuracy that lengths alone give. timing : seconds, tokens_per_second
        (words), flops (of matrix products, see `cost`), flops_per_second, peak_flops_per_second of this machine and
        share_of_peak.
        """
        snapshots = self.snapshots.tensors()
        if self.at.accuracies:
            snapshots["next_sentence_accuracy"] = np.array(self.at.accuracies, np.float64)
            snapshots["next_sentence_length_only"] = np.array([self.objective.length_only], np.float64)
        rate, peak = self.at.flops / max(self.at.seconds, 1e-9), self.team.size * peak_flops(self.settings)
        return TrainingResult(
            weights=self.model.arrays(),
            log=TrainingLog(self.family, self.at.rows).table(),
            snapshots=snapshots,
            timing={
                "seconds": self.at.seconds,
                "tokens_per_second": self.at.tokens_seen / max(self.at.seconds, 1e-9),
                "flops": float(self.at.flops),
                "flops_per_second": rate,
                "peak_flops_per_second": peak,
                "share_of_peak": rate / peak,
            },
        )

    def _start_from(self, start: Mapping[str, np.ndarray]) -> None:
        """Take all parameters of a finished run; positions count as trained where either text has them."""
        shapes = {name: value.shape for name, value in self.model.arrays().items()}
        found = checked_start(start, shapes, f"{self.family}, seed {self.seed}")
        self.model.restore(found | {"reach": np.maximum(found["reach"], self.objective.reach)})

    def _epoch(self, epoch: int) -> Rows:
        return self.objective.training_rows(generator(self.order, self.family, "order", "pairs", str(epoch)))

    def _update(self, rows: Rows) -> None:
        step = self.at.step + 1
        rng = generator(self.sampling, self.family, "sampling", str(step))
        noise = None
        if self.settings.dropout:
            own = [] if self.team.first else [f"process {self.team.rank}"]
            noise = torch_stream(self.settings.device, self.sampling, self.family, "dropout", str(step), *own)
        batch = self.objective.batch(rows, rng)
        loss, outputs = self.team.differentiate(self.model, batch, self.weights, self.sampler, rng, noise)
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip, foreach=False))
        self.at.flops += training_flops(self.settings, len(rows.tokens), len(batch.chosen), outputs)
        self._check(step, loss=loss, gradient_norm=norm)
        factor = rate_factor(self.settings, step, self.steps)
        if step == 1:
            self._record(0, loss, norm, 0.0)
        self.optimisers.step(factor)
        self.at.step, self.at.tokens_seen = step, self.at.tokens_seen + int(rows.words(self.text).sum())
        self.at.loss_sum, self.at.losses = self.at.loss_sum + loss, self.at.losses + 1
        if step in self.grid:
            self._record(step, self.at.loss_sum / self.at.losses, norm, factor)
            self.at.loss_sum, self.at.losses = 0.0, 0

    def _check(self, step: int, **measured: float) -> None:
        broken = [f"{name} = {value}" for name, value in measured.items() if not math.isfinite(value)]
        if not broken:
            return
        rates = f"embedding_rate = {self.settings.embedding_rate:g}, matrix_rate = {self.settings.matrix_rate:g}"
        raise StudyError(
            f"{self.family}, seed {self.seed}, step {step}",
            f"{', '.join(broken)} at {rates}",
            "finite numbers",
            "the training diverged: lower these rates or `clip`",
        )

    def _record(self, step: int, loss: float, norm: float, factor: float) -> None:
        """Write a row of the log and a snapshot of the words' input vectors as they are now."""
        if not self.team.first:
            return
        embedding = self.model.embedding.detach().cpu()
        heldout, accuracy = evaluate(self.model, self.heldout)
        length = float(embedding.norm(dim=1).mean(dtype=torch.float64))
        self._check(step, heldout_loss=heldout, embedding_norm=length)
        log = TrainingLog(f"{self.family}, seed {self.seed}", self.at.rows, code_length=True)
        log.add(
            step=step,
            tokens_seen=self.at.tokens_seen,
            epoch=step / self.updates,
            loss=loss,
            heldout_loss=heldout,
            gradient_norm=norm,
            embedding_norm=length,
            learning_rate=self.settings.embedding_rate * factor,
        )
        self.at.rows = log.rows
        vectors = embedding.numpy()
        vectors = vectors if self.spellings is None else self.spellings.pool(vectors)
        self.snapshots.add(vectors, self.at.tokens_seen, step)
        if accuracy is not None and self.weights[1]:
            self.at.accuracies.append(accuracy)

    def _save(self) -> None:
        arrays = {f"model/{name}": value for name, value in self.model.arrays().items()}
        arrays |= {f"optimisers/{name}": value for name, value in self.optimisers.arrays().items()}
        arrays |= {f"snapshots/{name}": value for name, value in self.snapshots.tensors().items()}
        assert self.checkpoint is not None
        self.checkpoint.save(arrays, dict(vars(self.at)))

    def _resume(self) -> None:
        """Take up the state of an unfinished run where there is one."""
        found = self.team.of_first(self.checkpoint.load() if self.checkpoint is not None else None)
        if found is None:
            return
        parts: dict[str, dict[str, np.ndarray]] = {"model": {}, "optimisers": {}, "snapshots": {}}
        for key, value in found[0].items():
            part, name = key.split("/")
            parts[part][name] = value
        self.model.restore(parts["model"])
        self.optimisers.restore(parts["optimisers"])
        self.snapshots = Snapshots(self.snapshots.words, parts["snapshots"])
        self.at = Progress(**found[1])
