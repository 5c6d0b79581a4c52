"""Train one GPT or BERT model on a document sample."""

from pathlib import Path

from wordspaces.common.devices import claim
from wordspaces.common.job import job
from wordspaces.models.transformer.parallel import train
from wordspaces.models.transformer.task import Task

with job(snakemake) as run:
    task = Task(
        variant=run.params.variant,
        tokens=list(run.input.tokens),
        heldout=list(run.input.heldout),
        vocabulary=run.input.vocabulary,
        spellings=list(run.input.get("spellings", [])),
        start=list(run.input.get("start", [])),
        seed=int(run.wildcards.seed),
        folder=Path(run.output.weights).parent / ".resume",
        provenance=run.provenance(),
        minutes=run.resources.get("checkpoint_minutes", 5),
        label=run.label,
    )
    claim(task.settings.processes if task.settings.device == "cuda" else 0, run.progress)
    result = train(task, run)
    run.write_tensors(run.output.weights, result.weights)
    run.write_table(run.output.log, result.log)
    run.write_tensors(run.output.snapshots, result.snapshots)
    run.write_timing(run.output.timing, result.timing)
    task.checkpoint().clear()
