"""Describe the occurrences of listed words in GPT and BERT: clusters, texts, and what lies near."""

from wordspaces.analysis.probes.senses import sense_tables
from wordspaces.analysis.probes.settings import SenseSettings
from wordspaces.analysis.roster import as_runs
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings, runs = SenseSettings(**run.params.senses), as_runs(run.params.runs)
    senses, occurrences = sense_tables(run.input.occurrences, run.input.spaces, runs, run.params.probes, settings)
    run.write_table(run.output.table, senses)
    write_csv(run.output.csv, senses)
    run.write_table(run.output.occurrences, occurrences)
    write_csv(run.output.occurrences_csv, occurrences)
