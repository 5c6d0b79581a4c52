"""Time one pass, or one update, of every trainer over a small grid, on the first sample of the first corpus."""

from threadpoolctl import threadpool_limits

from wordspaces.common.job import job
from wordspaces.models.cost.evidence import draw_pairs, read_first
from wordspaces.models.cost.measure import measure_costs, tokens_needed
from wordspaces.models.cost.settings import CostSettings
from wordspaces.models.cost.timing import write_costs
from wordspaces.tokens.encoded import vocabulary_size

with job(snakemake) as run, threadpool_limits(limits=1):
    settings = CostSettings(**run.params.cost)
    text = read_first(run.input.tokens, tokens_needed(settings))
    pairs = draw_pairs(run.input.cooccurrence, max(*settings.pairs, settings.base.pairs))
    write_costs(run.output.cost, measure_costs(text, pairs, vocabulary_size(run.input.vocabulary), settings))
