"""Correlate spaces within strata of words: by frequency, part of speech and lists."""

from wordspaces.analysis.lexicon import read_lexicon
from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.rsa.strata import strata_table
from wordspaces.analysis.settings import StrataSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = StrataSettings(**run.params.strata)
    rosters = load_rosters(
        run.input.spaces, as_runs(run.params.runs), read_words(run.input.comparison), settings.contextual_layer
    )
    lexicon = read_lexicon(run.input.lexicon)
    table = strata_table([roster for roster in rosters if roster is not None], lexicon, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
