"""Probe trained and untrained spaces with human similarity ratings and analogies."""

from wordspaces.analysis.human import read_analogies, read_ratings
from wordspaces.analysis.probes import probes_of, probes_table
from wordspaces.analysis.roster import as_runs, load_rosters, read_starts, read_words
from wordspaces.analysis.settings import ProbeSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = ProbeSettings(**run.params.probes)
    runs = as_runs(run.params.runs)
    rosters = load_rosters(run.input.spaces, runs, read_words(run.input.comparison), settings.contextual_layer)
    probes = probes_of([roster for roster in rosters if roster is not None], read_starts(run.input.snapshots, runs))
    ratings = {"wordsim": read_ratings(run.input.wordsim), "simlex": read_ratings(run.input.simlex)}
    table = probes_table(probes, ratings, {"analogies": read_analogies(run.input.analogies)}, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
