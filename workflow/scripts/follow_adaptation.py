"""Follow models of one corpus that go on with the text of another: as spaces, and word by word."""

from wordspaces.analysis.adaptation.course import adaptation_table, as_adapted, held_out_bits
from wordspaces.analysis.adaptation.moved import moved_tables
from wordspaces.analysis.adaptation.settings import AdaptationSettings
from wordspaces.analysis.lexicon import read_lexicon
from wordspaces.analysis.roster import Roster, as_runs, load_rosters, read_words, samples_of, text_counts
from wordspaces.analysis.tables import write_csv
from wordspaces.common.job import job

with job(snakemake) as run:
    settings = AdaptationSettings(**run.params.adaptation)
    ended, others, causal = (as_runs(run.params[name]) for name in ("adapted_runs", "runs", "causal_runs"))
    adapted = as_adapted(ended, run.params.variants, run.params.first_sample)
    words = read_words(run.input.comparison)
    roster = load_rosters(run.input.spaces, [*ended, *others], words)[0] if ended else Roster("input", (), words, ())
    bits = held_out_bits(run.input.probabilities, causal, run.input.vocabulary, settings)
    course = adaptation_table(roster, adapted, run.input.snapshots, run.input.logs, bits, settings)
    first = [other for other in others if other.sample == run.params.first_sample]
    counts = text_counts(run.input.counts, samples_of(first))
    moved = moved_tables(roster, adapted, counts, read_lexicon(run.input.lexicon), settings)
    for name, table in zip(("adaptation", "words", "neighbours", "factors"), (course, *moved), strict=True):
        run.write_table(run.output[name], table)
        write_csv(run.output[f"{name}_csv"], table)
