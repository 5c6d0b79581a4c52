"""Split the error of the geometry over swept values into bias and variance, against targets from all the data."""

from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.settings import DimensionSettings
from wordspaces.analysis.sweeps.cells import as_cells, as_sweeps
from wordspaces.analysis.sweeps.dimension import dimension_table
from wordspaces.analysis.sweeps.target import pooled_ppmi
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job
from wordspaces.tokens.encoded import vocabulary_size

with job(snakemake) as run:
    settings, words = DimensionSettings(**run.params.dimension), read_words(run.input.comparison)
    roster, _ = load_rosters(run.input.spaces, as_runs(run.params.runs), words)
    vectors = {space.run: matrix for space, matrix in zip(roster.spaces, roster.vectors, strict=True)}
    size, paths = vocabulary_size(run.input.vocabulary), {}
    for (corpus, _), path in zip(run.params.matrices, run.input.cooccurrence, strict=True):
        paths.setdefault(corpus, []).append(path)
    targets = {corpus: pooled_ppmi(listed, size, settings.ppmi_alpha, words) for corpus, listed in paths.items()}
    table = dimension_table(as_cells(run.params.cells), as_sweeps(run.params.sweeps), vectors, targets, settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
