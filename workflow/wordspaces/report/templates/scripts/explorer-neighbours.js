// Nearest neighbours of a word side by side: a column for each recipe, a block of rows for each corpus.

const SQUARE = 6;
const STEP = 8;

function showNeighbours(words, word) {
  const { corpora, recipes } = words.meta;
  const found = corpora.map((_, corpus) => recipes.map((_, recipe) => words.neighbours(word, corpus, recipe)));
  // Neighbours that the word has in more than one corpus are set bold.
  const times = new Map();
  for (const cells of found) {
    const here = new Set(cells.flatMap((rows) => (rows ?? []).map((row) => row.word)));
    for (const other of here) times.set(other, (times.get(other) ?? 0) + 1);
  }
  const blocks = corpora.map((corpus, place) => corpusBlock(words, word, corpus, place, found[place], times));
  const place = document.getElementById("spaces");
  place.style.setProperty("--recipes", recipes.length);
  place.replaceChildren(...blocks);
}

function corpusBlock(words, word, corpus, place, cells, times) {
  const head = element("h5", { class: "corpus" }, element("span", {}, corpus.label));
  const block = element("div", { class: "block", "data-corpus": corpus.name }, head);
  if (cells.every((rows) => rows === null)) {
    const count = words.count(word, place);
    const seen = count === 0 ? "does not occur" : `occurs ${thousands(count)} ${count === 1 ? "time" : "times"}`;
    const text = `“${words.list[word]}” ${seen} in the training samples of ${corpus.label}: too rare for neighbours there.`;
    block.append(element("p", { class: "absent note" }, text));
    return block;
  }
  const columns = cells.map((rows, recipe) => spaceColumn(words, word, place, recipe, rows ?? [], times));
  block.append(element("div", { class: "columns" }, columns));
  return block;
}

function spaceColumn(words, word, corpus, recipe, rows, times) {
  const names = { corpus: words.meta.corpora[corpus], recipe: words.meta.recipes[recipe] };
  const cell = words.cell(corpus, recipe);
  const kept = ["seed", "sample"].map((level) => [level, words.overlap(word, level, cell, cell)]);
  const known = kept.filter(([, value]) => value !== null);
  const overlap = known.length === 0 ? "not compared" : known.map(([level, value]) => `${level} ${decimal(value)}`).join(" · ");
  const described = known.length === 0 ? null : `Share of the ${words.meta.overlap_k} nearest words kept with another seed, another sample`;
  return element(
    "div",
    {
      class: "space",
      "data-corpus": names.corpus.name,
      "data-model": names.recipe.name,
      style: `--family: var(--${familyVariable(names.recipe)})`,
    },
    element("h6", {}, recipeName(names.recipe)),
    element("p", { class: "overlap", title: described }, overlap),
    element("ol", { "aria-label": `${names.recipe.name}, ${names.corpus.label}` }, rows.map((row) => neighbourRow(words, row, times))),
  );
}

function neighbourRow(words, row, times) {
  const button = wordButton(words.list[row.word]);
  button.title = words.list[row.word]; // the column may cut a long word short
  if (times.get(row.word) > 1) button.classList.add("shared-corpora");
  return element(
    "li",
    { class: "neighbour", style: `--cosine: ${Math.max(0, row.cosine ?? 0)}` },
    button,
    runSquares(words, row),
    element("span", { class: "cosine" }, decimal(row.cosine)),
  );
}

/** Squares of the runs, a row for each document sample: filled where the run has the neighbour among its nearest. */
function runSquares(words, { held, spaces, runs }) {
  const label = `in ${held} of ${spaces} runs`;
  const { samples, seeds } = words.meta;
  if (runs === null || spaces !== samples.length * seeds.length) {
    return element("span", { class: "runs", title: label }, `${held}/${spaces}`);
  }
  const paths = { held: "", open: "" };
  runs.forEach((has, space) => {
    const x = (space % seeds.length) * STEP;
    const y = Math.floor(space / seeds.length) * STEP;
    if (has) paths.held += `M${x} ${y}h${SQUARE}v${SQUARE}h-${SQUARE}z`;
    else paths.open += `M${x + 0.5} ${y + 0.5}h${SQUARE - 1}v${SQUARE - 1}h-${SQUARE - 1}z`;
  });
  const width = seeds.length * STEP - STEP + SQUARE;
  const height = samples.length * STEP - STEP + SQUARE;
  return drawn(
    "svg",
    { class: "runs", role: "img", "aria-label": label, width, height, viewBox: `0 0 ${width} ${height}` },
    drawn("path", { class: "held", d: paths.held }),
    drawn("path", { class: "open", d: paths.open }),
  );
}

/** While a word is under the pointer or has the focus, it is marked wherever it stands. */
function markEverywhere(frame) {
  let marked = null;
  const mark = (word) => {
    if (word === marked) return;
    marked = word;
    for (const button of frame.querySelectorAll(".neighbour .word, .moment-space .word")) {
      button.classList.toggle("marked", button.dataset.word === word);
    }
  };
  const wordOf = (event) => event.target.closest?.(".word")?.dataset.word ?? null;
  frame.addEventListener("pointerover", (event) => mark(wordOf(event)));
  frame.addEventListener("pointerleave", () => mark(null));
  frame.addEventListener("focusin", (event) => mark(wordOf(event)));
  frame.addEventListener("focusout", () => mark(null));
}
