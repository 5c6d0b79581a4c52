"""Regress how many neighbours a word keeps on its frequency, part of speech and number of contexts."""

from wordspaces.analysis.lexicon import read_lexicon
from wordspaces.analysis.roster import read_words
from wordspaces.analysis.settings import StabilityFactorSettings
from wordspaces.analysis.stability.factors import distinct_contexts, factors_table
from wordspaces.analysis.tables import write_csv
from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = StabilityFactorSettings(**run.params.factors)
    words = read_words(run.input.comparison)
    found = distinct_contexts(run.input.cooccurrence, words.ids)
    contexts = dict(zip(words.ids.tolist(), found.tolist(), strict=True))
    table = factors_table(read_table(run.input.stability), read_lexicon(run.input.lexicon), contexts, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
