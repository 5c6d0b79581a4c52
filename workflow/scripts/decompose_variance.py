"""Split the variance of the input spaces' geometry into shares of corpus, model, document sample and seed."""

from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.rsa.components import components_table
from wordspaces.analysis.settings import ComponentSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = ComponentSettings(**run.params.components)
    roster, _ = load_rosters(run.input.spaces, as_runs(run.params.runs), read_words(run.input.comparison))
    table = components_table(roster, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
