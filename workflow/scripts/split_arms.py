"""Split the variance between trainings of one model by what varies: random streams, documents."""

from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.settings import ArmSettings
from wordspaces.analysis.stability.arms import arms_table
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = ArmSettings(**run.params.split)
    runs = as_runs([*run.params.runs, *run.params.arm_runs])
    roster, _ = load_rosters(run.input.spaces, runs, read_words(run.input.comparison))
    arms = run.params.arms
    table = arms_table(roster, arms["models"], int(arms["base_seed"]), settings)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
