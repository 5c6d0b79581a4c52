"""Follow every embedding while it forms: geometry, listed words and agreement with finished spaces at each snapshot."""

from wordspaces.analysis.dynamics.follow import dynamics_tables
from wordspaces.analysis.human import read_analogies
from wordspaces.analysis.lexicon import read_lexicon
from wordspaces.analysis.roster import as_runs, read_words, samples_of, text_counts
from wordspaces.analysis.settings import FollowSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = FollowSettings(**run.params.dynamics)
    runs = as_runs(run.params.runs)
    tables = dynamics_tables(
        list(zip(run.input.snapshots, run.input.logs, strict=True)),
        runs,
        read_words(run.input.comparison),
        text_counts(run.input.counts, samples_of(runs)),
        read_analogies(run.input.analogies),
        read_lexicon(run.input.lexicon),
        settings,
    )
    for name, table in tables.items():
        run.write_table(getattr(run.output, name), table)
        write_csv(getattr(run.output, f"{name}_csv"), table)
