// How much every two cells agree about the place of a word, against what the noise of training allows.

const LISTED_PAIRS = 8;

function showAgreement(words, word) {
  const place = document.getElementById("agreement");
  if (!words.isCompared(word)) {
    const text = `“${words.list[word]}” is not among the ${thousands(words.arrays.compared.length)} words that are frequent enough in every sample of every corpus, so its place is not compared.`;
    place.replaceChildren(element("p", { class: "absent note" }, text));
    return;
  }
  const rows = words.agreements(word);
  const ranked = (relations) =>
    rows
      .filter(({ relation, agreement }) => relations.includes(relation) && agreement !== null)
      .sort((one, other) => (other.gap ?? -2) - (one.gap ?? -2));
  place.replaceChildren(
    element("p", {}, inWords(words, ranked(["corpus", "family", "variant"]))),
    element(
      "div",
      { class: "wide agreement" },
      pairList(words, "Between corpora, the same recipe", ranked(["corpus"])),
      pairList(words, "Between recipes, the same corpus", ranked(["family", "variant"])),
      agreementMatrix(words, rows),
    ),
  );
}

/** The pair furthest below its ceiling, as a sentence. */
function inWords(words, ranked) {
  const worst = ranked[0];
  if (!worst || worst.gap === null) {
    const { seeds, samples } = words.meta;
    if (seeds.length < 2) return "What noise allows is not known: that takes two seeds, and this study has one.";
    if (samples.length < 2 && ranked.every(({ relation }) => relation === "corpus")) {
      return "What noise allows between corpora is not known: that takes two document samples, and this study has one.";
    }
    return "No two spaces can be held against what noise allows: the word’s place is not stable enough over trainings.";
  }
  const { agreement, ceiling } = worst;
  if (worst.gap <= 0) return "No two spaces agree less about this word than the noise of training allows.";
  return `Furthest below what noise allows: ${pairText(words, worst)}: ${decimal(agreement)} of ${decimal(ceiling)} possible.`;
}

function pairText(words, { a, b, relation }) {
  const [one, other] = [words.cellNames(a), words.cellNames(b)];
  if (relation === "corpus") return `${one.corpus.label} and ${other.corpus.label}, ${one.recipe.name}`;
  return `${one.recipe.name} and ${other.recipe.name}, ${one.corpus.label}`;
}

function pairNames(words, { a, b, relation }) {
  const [one, other] = [words.cellNames(a), words.cellNames(b)];
  if (relation !== "corpus") return [recipeName(one.recipe), " and ", recipeName(other.recipe), `, ${one.corpus.label}`];
  // Two corpora go without saying.
  const corpora = words.meta.corpora.length > 2 ? `, ${one.corpus.label} and ${other.corpus.label}` : "";
  return [recipeName(one.recipe), corpora];
}

function pairList(words, title, rows) {
  const items = rows.map((row) => pairRow(words, row));
  const block = element("div", { class: "pairs" }, element("h5", {}, title));
  if (items.length === 0) block.append(element("p", { class: "note" }, "This study has no such pair."));
  else block.append(element("ul", {}, items.slice(0, LISTED_PAIRS)));
  if (items.length > LISTED_PAIRS) {
    const rest = items.slice(LISTED_PAIRS);
    block.append(element("details", {}, element("summary", {}, `${rest.length} more`), element("ul", {}, rest)));
  }
  return block;
}

/** Agreement as a point, the ceiling as a tick, the gap between them as a bar. */
function pairRow(words, row) {
  const { relation, agreement, ceiling, gap } = row;
  const percent = (value) => `${(100 * Math.min(1, Math.max(0, value))).toFixed(1)}%`;
  const scale = element("span", { class: "scale", "aria-hidden": "true" });
  if (gap > 0) {
    const [from, to] = [Math.max(0, agreement), ceiling];
    scale.append(element("i", { class: "gap", style: `left: ${percent(from)}; width: ${percent(to - from)}` }));
  }
  if (ceiling !== null) scale.append(element("i", { class: "ceiling", style: `left: ${percent(ceiling)}` }));
  scale.append(element("i", { class: "found", style: `left: ${percent(agreement)}` }));
  const value = ceiling === null ? `${decimal(agreement)}, ceiling unknown` : `${decimal(agreement)} of ${decimal(ceiling)}`;
  return element(
    "li",
    { class: "pair", "data-relation": relation },
    element("span", { class: "names" }, pairNames(words, row)),
    scale,
    element("span", { class: "value" }, value),
  );
}

/** Every two cells: agreement in hundredths, the diagonal between seeds. */
function agreementMatrix(words, rows) {
  const { cells, corpora, recipes } = words.meta;
  const found = new Map(rows.filter(({ relation }) => relation !== "sample").map((row) => [`${row.a} ${row.b}`, row]));
  const between = (a, b) => found.get(`${a} ${b}`) ?? found.get(`${b} ${a}`);
  const numbers = cells.map((_, cell) => cell);
  const groups = corpora.map(({ label }) => element("th", { scope: "colgroup", colspan: recipes.length }, label));
  const heads = numbers.map((cell) => element("th", { scope: "col" }, element("span", {}, words.cellNames(cell).recipe.name)));
  const body = numbers.map((a) => {
    const names = words.cellNames(a);
    const title = element("th", { scope: "row" }, recipeName(names.recipe), element("small", {}, ` ${names.corpus.label}`));
    return element("tr", { class: a % recipes.length === 0 ? "first" : null }, title, numbers.map((b) => agreementCell(words, a, b, between(a, b))));
  });
  return element(
    "div",
    { class: "all-pairs", tabindex: "0", role: "region", "aria-label": "Agreement of every two spaces" },
    element("h5", {}, "Every two spaces"),
    element(
      "table",
      { id: "agreement-matrix" },
      element("caption", {}, "Agreement in hundredths; on the diagonal that of two seeds."),
      element("thead", {}, element("tr", {}, element("td"), groups), element("tr", {}, element("td"), heads)),
      element("tbody", {}, body),
    ),
  );
}

function agreementCell(words, a, b, row) {
  const value = row?.agreement ?? null;
  const ceiling = row?.ceiling ?? null;
  const [one, other] = [words.cellNames(a), words.cellNames(b)];
  const names = `${one.recipe.name} ${one.corpus.label}, ${other.recipe.name} ${other.corpus.label}`;
  const title = `${names}: ${decimal(value)}${ceiling === null ? "" : ` of ${decimal(ceiling)}`}`;
  const strength = Math.max(0, Math.min(1, value ?? 0)).toFixed(2);
  const shown = value === null ? "–" : String(Math.round(100 * value)).replace("-", "−");
  const kind = [a === b && "same", b % words.recipes === 0 && "first"].filter(Boolean).join(" ");
  return element("td", { "data-a": a, "data-b": b, class: kind || null, title, style: `--strength: ${strength}` }, shown);
}
