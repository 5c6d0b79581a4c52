"""Summarise every two cells: mean correlation, noise ceilings, and the correlation with noise taken out."""

from wordspaces.analysis.roster import as_runs, join_external, load_rosters, read_words, samples_of, text_counts
from wordspaces.analysis.rsa.cells import cells_table
from wordspaces.analysis.settings import CellSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = CellSettings(**run.params.cells)
    words = read_words(run.input.comparison)
    inputs, contextual = load_rosters(run.input.spaces, as_runs(run.params.runs), words, settings.contextual_layer)
    rosters = [inputs, contextual]
    if run.input.external:
        rosters.append(join_external(inputs, dict(zip(run.params.external, run.input.external, strict=True))))
    counts = text_counts(run.input.counts, samples_of(inputs.spaces))
    table = cells_table([roster for roster in rosters if roster is not None], settings, counts)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
