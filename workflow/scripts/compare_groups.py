"""Compare how well spaces agree in one group of pairs with another: models at each level, and corpora."""

from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.rsa.groups import groups_table
from wordspaces.analysis.settings import GroupSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = GroupSettings(**run.params.groups)
    roster, _ = load_rosters(run.input.spaces, as_runs(run.params.runs), read_words(run.input.comparison))
    table = groups_table(roster, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
