"""Correlate the RDMs of every pair of spaces: the input roster, and the contextual one at the declared layer."""

from wordspaces.analysis.roster import as_runs, join_external, load_rosters, read_words
from wordspaces.analysis.rsa.pairs import rsa_table
from wordspaces.analysis.settings import RsaSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = RsaSettings(**run.params.rsa)
    words = read_words(run.input.comparison)
    inputs, contextual = load_rosters(run.input.spaces, as_runs(run.params.runs), words, settings.contextual_layer)
    rosters = [inputs, contextual]
    if run.input.external:
        rosters.append(join_external(inputs, dict(zip(run.params.external, run.input.external, strict=True))))
    table = rsa_table([roster for roster in rosters if roster is not None], settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
