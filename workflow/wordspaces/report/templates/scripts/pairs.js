// Pairs of words that the reader picks, through training: lines over tokens presented, a slider, values at a moment.

const COSINE = { field: "cosine", title: "cosine", low: -0.4 };

part("pairs", async () => {
  const packed = await wordData();
  if (packed === null || packed.meta.pair_words.length < 2) {
    document.getElementById("pairs-absent").hidden = false;
    return;
  }
  document.getElementById("pairs-frame").hidden = false;
  new PairsView(new Words(packed)).start();
});

/** The pair that is being chosen, and below it those that the reader keeps; all are in the address. */
class PairsView {
  constructor(words) {
    this.words = words;
    this.names = words.meta.pair_words.map((place) => words.list[place]);
    this.selects = ["pair-a", "pair-b"].map((id) => document.getElementById(id));
    this.slider = document.getElementById("tokens-slider");
    this.slider.max = Math.max(0, words.moments.length - 1);
    this.slider.value = this.slider.max;
    this.pairs = [];
    this.cards = [];
    this.drawing = Promise.resolve();
  }

  start() {
    const { recipes } = this.words.meta;
    document.getElementById("pairs-key").replaceChildren(...recipes.map((_, recipe) => lineKey(this.words, recipe)));
    for (const select of this.selects) {
      select.replaceChildren(...this.names.map((name, place) => element("option", { value: place }, name)));
      select.addEventListener("change", () => this.choose());
    }
    document.getElementById("pair-keep").addEventListener("click", () => this.keep());
    this.slider.addEventListener("input", () => this.showMoment());
    document.addEventListener("themechange", () => this.draw());
    document.addEventListener("addresschange", () => this.restore());
    this.restore();
  }

  /** Pairs of the address, "man.woman,king.queen"; without one the two words that come nearest in the end. */
  restore() {
    const asked = (address.get("pairs") ?? "").split(",").map((text) => this.parsed(text));
    const known = asked.filter((pair) => pair !== null);
    const pairs = known.length > 0 ? known : [this.example()];
    if (String(pairs) === String(this.pairs)) return; // something else in the address changed
    this.pairs = pairs;
    this.show();
  }

  /** Places of the two words of a text; a word may hold a full stop itself. */
  parsed(text) {
    const parts = text.split(".");
    for (let cut = 1; cut < parts.length; cut += 1) {
      const pair = [parts.slice(0, cut), parts.slice(cut)].map((half) => this.names.indexOf(half.join(".")));
      if (pair[0] >= 0 && pair[1] >= 0 && pair[0] !== pair[1]) return pair;
    }
    return null;
  }

  example() {
    const { words, names } = this;
    const cell = words.meta.cells.findIndex(({ tokens_seen: tokens }) => tokens.length > 0);
    let best = [0, 1];
    if (cell < 0) return best;
    const last = words.meta.cells[cell].tokens_seen.length - 1;
    let most = -Infinity;
    for (let i = 0; i < names.length; i += 1) {
      for (let j = i + 1; j < names.length; j += 1) {
        const cosine = words.pairCosine(i, j, cell, last);
        if (cosine !== null && cosine > most) [best, most] = [[i, j], cosine];
      }
    }
    return best;
  }

  choose() {
    const [one, other] = this.selects.map((select) => Number(select.value));
    const before = this.pairs[0];
    // The word of the other side: the two change places.
    this.pairs[0] = one === other ? [...before].reverse() : [one, other];
    this.changed();
  }

  keep() {
    this.pairs.unshift(this.pairs[0]);
    this.changed();
    this.selects[0].focus();
  }

  drop(row) {
    this.pairs.splice(row, 1);
    this.changed();
    document.getElementById("pair-keep").focus();
  }

  changed() {
    address.set("pairs", this.pairs.map((pair) => pair.map((place) => this.names[place]).join(".")).join(","), "forming");
    this.show();
  }

  show() {
    for (const view of this.cards.flatMap(({ views }) => views)) view.finalize();
    this.selects.forEach((select, side) => {
      select.value = String(this.pairs[0][side]);
    });
    this.cards = this.pairs.map((pair, row) => this.card(pair, row));
    document.getElementById("pair-values").replaceChildren(...this.cards.map(({ node }) => node));
    this.showMoment();
    this.draw();
  }

  card(pair, row) {
    const { corpora } = this.words.meta;
    const title = element("h4", {}, pair.map((place) => this.names[place]).join(" – "));
    const head = element("div", { class: "pair-head" }, title);
    if (row > 0) {
      const drop = element("button", { type: "button", class: "button", "aria-label": `drop ${title.textContent}` }, "drop");
      drop.addEventListener("click", () => this.drop(row));
      head.append(drop);
    }
    const panels = corpora.map(({ name, label }) => ({
      chart: element("div", { class: "course-chart" }),
      values: element("p", { class: "pair-numbers" }),
      name,
      label,
    }));
    const grid = panels.map(({ chart, values, label }) => element("div", {}, element("h5", {}, label), chart, values));
    const node = element("div", { class: "pair-card" }, head, element("div", { class: "pair-panels" }, grid));
    return { pair, panels, node, views: [] };
  }

  moment() {
    return this.words.moments[Number(this.slider.value)];
  }

  showMoment() {
    const tokens = this.moment();
    const said = tokens === 0 ? "start" : thousands(tokens);
    document.getElementById("tokens-shown").textContent = said;
    this.slider.setAttribute("aria-valuetext", tokens === 0 ? "start" : `${said} tokens presented`);
    for (const { pair, panels } of this.cards) {
      panels.forEach(({ values, name }, corpus) => values.replaceChildren(...this.numbers(pair, corpus, name, tokens)));
    }
    this.moveRules();
    document.dispatchEvent(new CustomEvent("momentchange", { detail: tokens }));
  }

  /** The cosine in every recipe of a corpus at a moment. */
  numbers(pair, corpus, name, tokens) {
    return this.words.meta.recipes.map((recipe, place) => {
      const cell = this.words.cell(corpus, place);
      const snapshot = this.words.snapshotAt(cell, tokens);
      const cosine = snapshot < 0 ? null : this.words.pairCosine(...pair, cell, snapshot);
      const value = element("b", { "data-corpus": name, "data-model": recipe.name }, decimal(cosine));
      return element("span", {}, recipeName(recipe), " ", value);
    });
  }

  /** Draw the lines of all pairs, one drawing after the other. */
  draw() {
    this.drawing = this.drawing.catch(() => {}).then(async () => {
      const cards = this.cards;
      for (const card of cards) await this.drawCard(card);
      await this.moveRules();
    });
    return this.drawing;
  }

  async drawCard(card) {
    const { words } = this;
    for (const view of card.views) view.finalize();
    card.views = [];
    for (const [corpus, { chart, label }] of card.panels.entries()) {
      if (!chart.isConnected) return; // the reader has gone on to another pair
      const rows = this.rows(card.pair, corpus);
      const low = Math.min(COSINE.low, ...rows.map(({ cosine }) => cosine));
      const description = `Cosine of ${card.pair.map((place) => this.names[place]).join(" and ")} over training tokens presented, ${label}`;
      const options = { mode: "vega-lite", ast: true, actions: false, renderer: "svg" };
      const { view } = await vegaEmbed(chart, lineChart(words, { ...COSINE, low }, description), options);
      await view.data("course", rows).runAsync();
      card.views.push(view);
    }
  }

  rows(pair, corpus) {
    return this.words.meta.recipes.flatMap(({ name }, recipe) => {
      const cell = this.words.cell(corpus, recipe);
      return this.words.meta.cells[cell].tokens_seen
        .map((tokens, snapshot) => ({ recipe: name, tokens, cosine: this.words.pairCosine(...pair, cell, snapshot) }))
        .filter(({ cosine }) => cosine !== null);
    });
  }

  async moveRules() {
    for (const view of this.cards.flatMap(({ views }) => views)) {
      await view.data("moment", [{ tokens: this.moment() }]).runAsync();
    }
  }
}
