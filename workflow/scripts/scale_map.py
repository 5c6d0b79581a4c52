"""Map every finished space, every start and the paths between by how much their geometries agree."""

from wordspaces.analysis.roster import as_runs, join_external, load_rosters, read_snapshots, read_words
from wordspaces.analysis.rsa.map import map_table
from wordspaces.analysis.settings import MapSettings
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = MapSettings(**run.params.map)
    roster, _ = load_rosters(run.input.spaces, as_runs(run.params.runs), read_words(run.input.comparison))
    external = None
    if run.input.external:
        external = join_external(roster, dict(zip(run.params.external, run.input.external, strict=True)))
    learners = as_runs(run.params.learners)
    courses = {learner: read_snapshots(path) for learner, path in zip(learners, run.input.snapshots, strict=True)}
    table = map_table(roster, courses, settings, external)
    run.write_table(run.output.table, table)
    write_csv(run.output.csv, table)
