"""Fit model RDMs (frequency, length, spelling, PPMI, human ratings) to the spaces of every cell."""

from wordspaces.analysis.human import read_ratings
from wordspaces.analysis.modelling.cells import model_rdm_table
from wordspaces.analysis.modelling.evidence import read_evidence
from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.settings import ModelRdmSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job
from wordspaces.tokens.encoded import vocabulary_size

with job(snakemake) as run:
    settings, words = ModelRdmSettings(**run.params.model_rdms), read_words(run.input.comparison)
    rosters = load_rosters(run.input.spaces, as_runs(run.params.runs), words, settings.contextual_layer)
    size, cells = vocabulary_size(run.input.vocabulary), [tuple(cell) for cell in run.params.cells]
    evidence = read_evidence(run.input.counts, run.input.cooccurrence, cells, size, words, settings)
    ratings = {"wordsim": read_ratings(run.input.wordsim), "simlex": read_ratings(run.input.simlex)}
    table = model_rdm_table([roster for roster in rosters if roster is not None], evidence, ratings, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
