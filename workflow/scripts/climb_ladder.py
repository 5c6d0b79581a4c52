"""Order the agreement of two spaces by what differs between them, from another seed to shuffled words."""

from wordspaces.analysis.roster import as_runs, load_rosters, read_starts, read_words
from wordspaces.analysis.rsa.ladder import ladder_table
from wordspaces.analysis.settings import LadderSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = LadderSettings(**run.params.ladder)
    runs = as_runs(run.params.runs)
    roster, _ = load_rosters(run.input.spaces, runs, read_words(run.input.comparison))
    starts = read_starts(run.input.snapshots, as_runs(run.params.learners))
    table = ladder_table(read_table(run.input.rsa), roster, starts, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
