// How a word came to its place while the spaces formed: lines over tokens presented, and the nearest words at a moment.

const SIMILARITY = { field: "similarity", title: "similarity to the finished place" };
const LEAST_SIMILARITY = -0.2; // the axis goes so far down, and further where a word does

/** Lines, slider and nearest words; `show(word)` turns them to another word. */
class CourseView {
  constructor(words) {
    this.words = words;
    this.word = null;
    this.low = Math.min(LEAST_SIMILARITY, words.leastSimilarity());
    this.charts = [];
    this.drawing = Promise.resolve();
    this.slider = document.getElementById("moment");
    this.slider.max = Math.max(0, words.moments.length - 1);
    this.slider.value = this.slider.max;
    this.slider.addEventListener("input", () => this.showMoment());
    document.addEventListener("themechange", () => this.redraw());
    const { recipes } = words.meta;
    document.getElementById("course-key").replaceChildren(...recipes.map((_, recipe) => lineKey(words, recipe)));
  }

  async show(word) {
    const followed = this.words.isFollowed(word);
    this.word = word;
    document.getElementById("course-shown").hidden = !followed;
    document.getElementById("course-note").hidden = !followed;
    const absent = document.getElementById("course-absent");
    absent.hidden = followed;
    if (!followed) {
      absent.textContent = `The way of “${this.words.list[word]}” was not followed: that is done for the most frequent of the words that all corpora have.`;
      return;
    }
    this.showMoment();
    await this.redraw(false);
  }

  /** Draw the lines of the word: with new data where the charts stand, anew where they do not or the theme changed. */
  redraw(anew = true) {
    // One drawing after the other: a word chosen during a drawing waits for it.
    this.drawing = this.drawing.catch(() => {}).then(async () => {
      if (this.word === null || !this.words.isFollowed(this.word)) return;
      if (anew || this.charts.length === 0) await this.embed();
      const rows = this.words.course(this.word);
      const { meta } = this.words;
      for (const { view, corpus } of this.charts) {
        const own = rows.filter(({ cell }) => meta.cells[cell].corpus === corpus);
        const named = own.map((row) => ({ ...row, recipe: this.words.cellNames(row.cell).recipe.name }));
        await view.data("course", named).runAsync();
      }
      await this.moveRule();
    });
    return this.drawing;
  }

  async embed() {
    const place = document.getElementById("course-charts");
    for (const { view } of this.charts) view.finalize();
    this.charts = [];
    const { corpora } = this.words.meta;
    const nodes = corpora.map(({ name }) => element("div", { class: "course-chart", "data-corpus": name }));
    // All places at once: a chart takes the width that its place has when it is drawn.
    place.replaceChildren(...nodes.map((node, corpus) => element("div", {}, element("h5", {}, corpora[corpus].label), node)));
    for (const [corpus, node] of nodes.entries()) {
      const { label } = corpora[corpus];
      const description = `Similarity of the word’s place to its finished place over training tokens presented, ${label}`;
      const spec = lineChart(this.words, { ...SIMILARITY, low: this.low }, description);
      const { view } = await vegaEmbed(node, spec, { mode: "vega-lite", ast: true, actions: false, renderer: "svg" });
      this.charts.push({ view, corpus });
    }
  }

  moment() {
    return this.words.moments[Number(this.slider.value)];
  }

  showMoment() {
    const { words, word } = this;
    if (!words.isFollowed(word)) return;
    const tokens = this.moment();
    const said = tokens === 0 ? "start" : tokens === words.moments.at(-1) ? `end (${thousands(tokens)})` : thousands(tokens);
    document.getElementById("moment-shown").textContent = said;
    this.slider.setAttribute("aria-valuetext", `${said} tokens presented`);
    const blocks = words.meta.corpora.map(({ name, label }, corpus) => {
      const rows = words.meta.recipes.map((_, recipe) => momentRow(words, word, words.cell(corpus, recipe), tokens));
      return element("div", { "data-corpus": name }, element("h5", {}, label), rows);
    });
    document.getElementById("moment-spaces").replaceChildren(...blocks);
    this.moveRule();
  }

  async moveRule() {
    for (const { view } of this.charts) {
      await view.data("moment", [{ tokens: this.moment() }]).runAsync();
    }
  }
}

/** Nearest words of a cell at a moment of training, and how near the word then was to its finished place. */
function momentRow(words, word, cell, tokens) {
  const { corpus, recipe } = words.cellNames(cell);
  const row = element("div", { class: "moment-space", "data-corpus": corpus.name, "data-model": recipe.name });
  const snapshot = words.snapshotAt(cell, tokens);
  const near = snapshot < 0 ? [] : words.nearest(word, cell, snapshot);
  const similarity = snapshot < 0 ? null : words.similarity(word, cell, snapshot);
  const names = near.map((other) => wordButton(words.list[other]));
  row.append(
    recipeName(recipe),
    element("span", { class: "cosine" }, decimal(similarity)),
    element("span", { class: "near" }, names.length > 0 ? names : element("span", { class: "note" }, "not followed")),
  );
  return row;
}
