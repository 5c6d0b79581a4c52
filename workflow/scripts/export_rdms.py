"""Write the RDMs of one roster as the HDF5 that rsatoolbox loads."""

from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.similarity.export import named, write_rsatoolbox
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.similarity.settings import DissimilaritySettings
from wordspaces.common.job import job

with job(snakemake) as run:
    rosters = load_rosters(
        run.input.spaces, as_runs(run.params.runs), read_words(run.input.comparison), run.params.contextual_layer
    )
    roster = named(rosters, run.wildcards.roster)
    dissimilarity = DissimilaritySettings(**run.params.dissimilarity)
    rdms = RDMs.of(roster.vectors, roster.spaces, *dissimilarity.definition)
    measure = f"{dissimilarity.kind} of {'centred ' if dissimilarity.centred else ''}vectors"
    write_rsatoolbox(run.output.rdms, rdms, roster.words, roster.spaces, roster.name, measure)
