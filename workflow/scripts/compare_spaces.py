"""Correlate the RDMs of every pair of spaces: the input roster, and the contextual one at the declared layer."""

from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.rsa.pairs import rsa_table
from wordspaces.analysis.settings import RsaSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = RsaSettings(**run.params.rsa)
    rosters = load_rosters(
        run.input.spaces, as_runs(run.params.runs), read_words(run.input.comparison), settings.contextual_layer
    )
    table = rsa_table([roster for roster in rosters if roster is not None], settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
