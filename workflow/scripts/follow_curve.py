"""Follow the agreement between corpora over the number of training words, with noise and without."""

from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.rsa.curve import curve_table, sample_sizes
from wordspaces.analysis.settings import CurveSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.artefacts import read_table
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = CurveSettings(**run.params.curve)
    roster, _ = load_rosters(run.input.spaces, as_runs(run.params.runs), read_words(run.input.comparison))
    sizes = sample_sizes(read_table(run.input.samples, ["sample", "words"]))
    table = curve_table(roster, sizes, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
