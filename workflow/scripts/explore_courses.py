"""Follow every compared word, and pairs of chosen words, through the training of every corpus and recipe."""

from wordspaces.analysis.explorer.courses import course_tables
from wordspaces.analysis.explorer.settings import ExploreCourseSettings
from wordspaces.analysis.lexicon import read_lexicon
from wordspaces.analysis.roster import as_runs, read_words
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings, runs = ExploreCourseSettings(**run.params.explorer), as_runs(run.params.runs)
    words, classes = read_words(run.input.comparison), read_lexicon(run.input.lexicon)
    courses, pairs = course_tables(run.input.snapshots, runs, words, classes, settings)
    run.write_table(run.output.words, courses)
    write_csv(run.output.words_csv, courses)
    run.write_table(run.output.pairs, pairs)
