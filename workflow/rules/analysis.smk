# analysis: takes files of the stages above, no model, makes tidy tables (Parquet, and the same as CSV). One file a room of
# the library, in workflow/rules/analysis/:
#   rsa         every pair of spaces, and what such pairs say together
#   stability   words and spaces between trainings; nearest neighbours
#   adaptation  what becomes of a space whose training goes on with another corpus
#   modelling   what frequency, length, spelling, PPMI and human ratings explain of the spaces
#   dynamics    how spaces form
#   sweeps      variants over values of one setting: bias and variance, regularisation
#   explorer    what a reader of the page looks up about a word
#   probes      human ratings, analogies; what context does to words
#   prediction  cross-entropy and perplexity on held-out text, beside n-grams

ANALYSIS = f"{STUDY}/analysis"
COMPARISON = f"{STUDY}/tokens/comparison.parquet"
PART = study_settings.analysis
EXTERNAL_SPACES = [f"{STUDY}/spaces/external/{name}.parquet" for name in EXTERNAL]
TRAINING_CELLS = [[corpus, sample] for corpus in CORPORA for sample in SAMPLES]


include: "analysis/rsa.smk"
include: "analysis/stability.smk"
include: "analysis/adaptation.smk"
include: "analysis/modelling.smk"
include: "analysis/dynamics.smk"
include: "analysis/sweeps.smk"
include: "analysis/explorer.smk"
include: "analysis/probes.smk"
include: "analysis/prediction.smk"
