"""Split the variance of the spaces' geometry, input and contextual, into shares of corpus, model, sample and seed."""

from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.rsa.components import components_table
from wordspaces.analysis.settings import ComponentSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = ComponentSettings(**run.params.components)
    roster, contextual = load_rosters(
        run.input.spaces, as_runs(run.params.runs), read_words(run.input.comparison), settings.contextual_layer
    )
    table = components_table(roster, settings, contextual)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
