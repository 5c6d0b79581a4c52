"""List the nearest neighbours of chosen words in every corpus and model."""

from wordspaces.analysis.neighbours import neighbours_table
from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.settings import NeighbourSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = NeighbourSettings(**run.params.neighbours)
    roster, _ = load_rosters(run.input.spaces, as_runs(run.params.runs), read_words(run.input.comparison))
    table = neighbours_table(roster, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
