# wordspaces: how Word2Vec, GloVe, GPT and BERT come to see the same words.
# The first rule is the whole study; the seven stages lie in workflow/rules/, one file each, under the same names
# as in the library (workflow/wordspaces/), the results (results/<study>/) and the tests.


from snakemake.utils import min_version

min_version("9.27")


# `--configfile` merges into a `configfile:`, so the default study is loaded only where no other one is given.
if not workflow.configfiles:

    configfile: "config/config.yaml"


include: "workflow/rules/common.smk"


# With --sdm apptainer, jobs run in this image of envs/Containerfile; a path or an address.
container: os.getenv("WORDSPACES_IMAGE")


rule study:
    default_target: True
    input:
        f"{STUDY}/report.html",
        FURTHER_TABLES,


# Only the downloads: for a machine whose compute nodes have no network.
rule fetch:
    input:
        [
            file
            for name in [*SOURCES_OF_STUDY, *PROBE_LISTS]
            for file in downloads_of(name)
        ],


localrules:
    study,
    fetch,


include: "workflow/rules/corpus.smk"
include: "workflow/rules/tokens.smk"
include: "workflow/rules/cooccurrence.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/spaces.smk"
include: "workflow/rules/analysis.smk"
include: "workflow/rules/report.smk"


# What each rule asked for beside what it used.
onsuccess:
    after_run(workflow)


onerror:
    after_run(workflow)
