// The word explorer: one word in every space. This file knows which word is shown and how the reader comes to another.

const SUGGESTED = 6;
const LISTED_WORDS = 30;

part("explorer", async () => {
  const packed = await wordData();
  if (packed === null || packed.meta.words.length === 0) {
    document.getElementById("explorer-absent").hidden = false;
    return;
  }
  const frame = document.getElementById("explorer-frame");
  frame.hidden = false;
  await new Explorer(new Words(packed), frame).start();
});

class Explorer {
  constructor(words, frame) {
    this.words = words;
    this.frame = frame;
    this.course = new CourseView(words);
    this.status = document.getElementById("explorer-status");
    this.heading = document.getElementById("explorer-heading");
  }

  async start() {
    this.explain();
    offerSearch(this.words, (place) => this.choose(place), (typed) => this.refuse(typed));
    markEverywhere(this.frame);
    this.frame.addEventListener("click", (event) => {
      const button = event.target.closest(".word[data-word]");
      if (button) this.follow(button.dataset.word);
    });
    document.getElementById("random-word").addEventListener("click", () => this.choose(this.random()));
    document.getElementById("copy-link").addEventListener("click", () => this.copyLink());
    document.addEventListener("addresschange", () => this.restore());
    await this.restore();
  }

  /** Show the word of the address; without one an example, which the address does not name. */
  restore() {
    const asked = address.get("word");
    const place = asked === null ? -1 : this.words.place(asked);
    this.status.replaceChildren();
    const shown = this.show(place >= 0 ? place : this.example());
    if (asked !== null && place < 0) this.refuse(asked);
    return shown;
  }

  example() {
    return this.words.meta.disagreements.corpus[0]?.word ?? this.words.meta.disagreements.family[0]?.word ?? 0;
  }

  random() {
    const { compared } = this.words.arrays;
    const from = compared.length > 1 ? compared : this.words.list.map((_, place) => place);
    return from[Math.floor(Math.random() * from.length)];
  }

  choose(place) {
    this.status.replaceChildren();
    const word = this.words.list[place];
    if (address.get("word") === word) address.set("word", word, "explorer");
    else address.push("word", word, "explorer");
    return this.show(place);
  }

  /** Go to a word that was pressed: its button may be gone by then, so the focus goes to the new heading. */
  follow(word) {
    this.choose(this.words.place(word));
    this.heading.focus({ preventScroll: true });
    const { top, bottom } = this.heading.getBoundingClientRect();
    if (top >= 0 && bottom <= innerHeight) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.heading.scrollIntoView({ behavior: still ? "instant" : "smooth", block: "start" });
  }

  refuse(typed) {
    const near = spellings(this.words.list, typed);
    const total = thousands(this.words.list.length);
    const buttons = near.flatMap((place) => [" ", wordButton(this.words.list[place])]);
    this.status.replaceChildren(
      `“${typed}” is not among the ${total} words of this study. `,
      ...(near.length > 0 ? ["Nearest spellings:", ...buttons] : ["No word is spelled like it."]),
    );
  }

  show(place) {
    const { words } = this;
    const word = words.list[place];
    this.heading.textContent = word;
    this.heading.dataset.word = word;
    if (document.activeElement !== document.getElementById("word")) document.getElementById("word").value = word;
    const counts = words.meta.corpora.map(({ label }, corpus) => `${thousands(words.count(place, corpus))} in ${label}`);
    document.getElementById("explorer-counts").textContent = `Occurrences in the training samples: ${counts.join(", ")}.`;
    showNeighbours(words, place);
    showAgreement(words, place);
    return this.course.show(place);
  }

  async copyLink() {
    // The example has a link too, although the address does not name it.
    address.set("word", this.heading.dataset.word, "explorer");
    try {
      await navigator.clipboard.writeText(location.href);
      this.status.textContent = "Link copied.";
    } catch {
      this.status.textContent = "The browser does not let the page copy; the address bar now has the link.";
    }
  }

  /** What does not change with the word: suggestions, lists, notes. */
  explain() {
    const { corpora, disagreements, k, overlap_k: kept, samples, seeds } = this.words.meta;
    const runs = `${samples.length} document ${samples.length === 1 ? "sample" : "samples"} × ${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}`;
    const suggestions = document.getElementById("suggestions");
    suggestions.replaceChildren();
    for (const [text, list] of [
      ["Corpora disagree on", disagreements.corpus],
      ["recipes on", disagreements.family],
    ]) {
      if (list.length === 0) continue;
      const buttons = list.slice(0, SUGGESTED).flatMap(({ word }) => [wordButton(this.words.list[word]), " "]);
      suggestions.append(element("span", {}, `${text} `, buttons));
    }
    document.getElementById("neighbours-note").append(
      `The ${k} nearest among the words frequent enough in the corpus, by mean cosine over ${runs}. Squares: a row for each sample, ` +
        `filled where that training has the neighbour among its ${k} nearest. Bold: a neighbour in more than one corpus. Below each ` +
        `recipe: share of the ${kept} nearest compared words kept with another seed, with another sample.`,
    );
    document.getElementById("course-note").append(
      "Similarity of the word’s place, its cosines to all compared words, to that in the finished spaces of other seeds on the same text. " +
        `The slider goes through training: the number is that similarity then, the words are the three nearest among the ${thousands(this.words.arrays.compared.length)} ` +
        `compared words, in the first run (sample ${samples[0]}, seed ${seeds[0]}): other candidates than in the lists above.`,
    );
    document.getElementById("disagreements-note").append(
      "By how far the agreement about the word stays below what noise allows, on average over the spaces compared.",
    );
    document.getElementById("disagreements").replaceChildren(
      disagreementList(this.words, "corpus", `${corpora.length > 2 ? "Corpora" : corpora.map(({ label }) => label).join(" and ")}, the same recipe`),
      disagreementList(this.words, "family", "Families of recipes, the same corpus"),
    );
    document.getElementById("explorer-meaning").append(...meanings(this.words).map((text) => element("p", {}, text)));
  }
}

function disagreementList(words, kind, title) {
  const list = words.meta.disagreements[kind].slice(0, LISTED_WORDS);
  const items = list.map(({ word, gap }) =>
    element("li", {}, wordButton(words.list[word]), element("span", { class: "cosine" }, decimal(gap))),
  );
  const block = element("div", { id: `disagreements-${kind}` }, element("h5", {}, title));
  block.append(items.length > 0 ? element("ol", {}, items) : element("p", { class: "note" }, "Not known in this study."));
  return block;
}

function meanings(words) {
  const { meta } = words;
  return [
    "Cosines are centred: the mean vector of the corpus’ frequent words is taken away first, for what all words share says nothing " +
      "about one of them. They are means over the trainings of a recipe on a corpus, which differ in seed and in document sample.",
    "Agreement of two spaces about a word is the correlation of its cosines to all compared words in the one with those in the other " +
      "(second-order similarity), the mean over pairs of trainings with different seeds. Trainings of the same recipe on the same corpus " +
      "do not agree fully either: the ceiling is the root of the product of both recipes’ agreement with themselves, over seeds where " +
      "the recipes differ, over document samples where the corpora do. The gap is the ceiling less the agreement; it may come out " +
      "below 0, for all three are estimates.",
    `Values are kept to ${meta.step}. A word is compared when it is frequent enough in every sample of every corpus ` +
      `(${thousands(words.arrays.compared.length)} words); neighbours are listed for all words frequent enough in one corpus, and are ` +
      "among these, so that the same word may have other candidates in another corpus.",
    "The lists take only words whose every ceiling is known. They are the far end of many noisy estimates, so that part of a large gap " +
      "is chance.",
  ];
}
