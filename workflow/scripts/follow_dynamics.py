"""Follow every embedding while it forms: measures of each snapshot and cosines of listed pairs."""

from wordspaces.analysis.dynamics import dynamics_tables
from wordspaces.analysis.roster import as_runs, read_words
from wordspaces.analysis.settings import DynamicsSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = DynamicsSettings(**run.params.dynamics)
    words = read_words(run.input.comparison)
    dynamics, trajectories = dynamics_tables(
        run.input.snapshots, run.input.logs, as_runs(run.params.runs), words, settings
    )
    run.write_table(run.output.table, dynamics)
    write_csv(run.output.csv, dynamics)
    run.write_table(run.output.trajectories, trajectories)
    write_csv(run.output.trajectories_csv, trajectories)
