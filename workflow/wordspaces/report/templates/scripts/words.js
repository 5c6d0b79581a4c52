// The packed data of the word explorer as answers: who is near a word, how stably, how far on its way it was. Words,
// cells (corpus x recipe) and compared words are positions; `wordspaces/report/explorer.py` has the layout.

class Words {
  constructor({ meta, arrays, shapes }) {
    this.meta = meta;
    this.arrays = arrays;
    this.list = meta.words;
    this.recipes = meta.recipes.length;
    this.places = new Map(this.list.map((word, place) => [word, place]));
    this.listed = meta.corpora.map((_, corpus) => this.inverse(`listed_${corpus}`));
    this.compared = this.inverse("compared");
    this.coursed = this.inverse("course_words");
    this.snapshots = shapes.similarity?.[1] ?? 0;
    this.overlaps = new Map(meta.overlaps.map(({ level, a, b }, row) => [Words.pair(level, a, b), row]));
    this.moments = this.spread();
  }

  /** Word -> its place in an array of words, -1 where it is not among them. */
  inverse(name) {
    const found = new Int32Array(this.list.length).fill(-1);
    (this.arrays[name] ?? []).forEach((word, place) => {
      found[word] = place;
    });
    return found;
  }

  static pair(level, a, b) {
    return `${level} ${Math.min(a, b)} ${Math.max(a, b)}`;
  }

  /** Where a spelling is in the list: as typed, or in small letters; -1 for none. */
  place(spelling) {
    const typed = plainSpelling(spelling);
    return this.places.get(typed) ?? this.places.get(typed.toLowerCase()) ?? -1;
  }

  cell(corpus, recipe) {
    return corpus * this.recipes + recipe;
  }

  cellNames(cell) {
    const { corpus, recipe } = this.meta.cells[cell];
    return { corpus: this.meta.corpora[corpus], recipe: this.meta.recipes[recipe] };
  }

  /** Dashes of a recipe's lines: recipes of one family share its colour. */
  rank(recipe) {
    const { family } = this.meta.recipes[recipe];
    return this.meta.recipes.slice(0, recipe).filter((other) => other.family === family).length;
  }

  isCompared(word) {
    return this.compared[word] >= 0;
  }

  /** Whether the page has the word's way through training. */
  isFollowed(word) {
    return this.coursed[word] >= 0 && this.moments.length > 0;
  }

  count(word, corpus) {
    return this.arrays.counts[corpus * this.list.length + word];
  }

  /** Value of an array in hundredths, null for none. */
  value(name, at) {
    const stored = this.arrays[name][at];
    return stored === this.meta.missing[name] ? null : stored * this.meta.step;
  }

  /** Nearest neighbours in a cell, null where the corpus does not list the word: {word, cosine, held, spaces, runs};
   *  runs says of each space whether it has the neighbour, null where only the number is known. */
  neighbours(word, corpus, recipe) {
    const place = this.listed[corpus][word];
    if (place < 0) return null;
    const listed = this.arrays[`listed_${corpus}`];
    const found = this.arrays[`neighbours_${corpus}`];
    const cosines = this.arrays[`cosines_${corpus}`];
    const patterns = this.arrays[`patterns_${corpus}`];
    const { spaces } = this.meta.cells[this.cell(corpus, recipe)];
    const rows = [];
    for (let rank = 0; rank < this.meta.k; rank += 1) {
      const at = (recipe * this.meta.k + rank) * listed.length + place;
      if (found[at] === this.meta.missing.neighbours) break;
      const runs = patterns ? Array.from({ length: spaces }, (_, space) => Boolean((patterns[at] >>> space) & 1)) : null;
      const held = runs ? runs.filter(Boolean).length : this.arrays[`held_${corpus}`][at];
      const cosine = cosines[at] === this.meta.missing.cosines ? null : cosines[at] * this.meta.step;
      rows.push({ word: listed[found[at]], cosine, held, spaces, runs });
    }
    return rows;
  }

  /** Share of the word's nearest neighbours that two trainings share, null where not known. */
  overlap(word, level, a, b) {
    const row = this.overlaps.get(Words.pair(level, a, b));
    if (row === undefined || !this.isCompared(word)) return null;
    return this.value("overlap", row * this.arrays.compared.length + this.compared[word]);
  }

  /** What every two cells say of a compared word: {a, b, relation, agreement, ceiling, gap}, null for not known. */
  agreements(word) {
    const at = (row) => row * this.arrays.compared.length + this.compared[word];
    return this.meta.agreements.map(({ a, b, relation, ceiling: rows }, row) => {
      const agreement = this.value("agreement", at(row));
      const [first, second] = (rows ?? []).map((other) => this.value("agreement", at(other)));
      const ceiling = first > 0 && second > 0 ? Math.sqrt(first * second) : null;
      const gap = agreement === null || ceiling === null ? null : ceiling - agreement;
      return { a, b, relation, agreement, ceiling, gap };
    });
  }

  /** Similarity of the word's place to the finished one, a row for each snapshot of each cell. */
  course(word) {
    const rows = [];
    this.meta.cells.forEach(({ tokens_seen: tokens }, cell) => {
      tokens.forEach((seen, snapshot) => {
        const similarity = this.similarity(word, cell, snapshot);
        if (similarity !== null) rows.push({ cell, tokens: seen, similarity });
      });
    });
    return rows;
  }

  similarity(word, cell, snapshot) {
    const at = (cell * this.snapshots + snapshot) * this.arrays.course_words.length + this.coursed[word];
    return this.value("similarity", at);
  }

  /** The least similarity of any word at any snapshot. */
  leastSimilarity() {
    const none = this.meta.missing.similarity;
    return this.arrays.similarity.reduce((least, stored) => (stored === none || stored > least ? least : stored), 0) * this.meta.step;
  }

  /** The three nearest words in a snapshot of the first run, fewer where fewer are known. */
  nearest(word, cell, snapshot) {
    const place = this.coursed[word];
    const size = this.arrays.course_words.length;
    const found = this.arrays.course_neighbours;
    return [0, 1, 2]
      .map((rank) => found[((cell * this.snapshots + snapshot) * 3 + rank) * size + place])
      .filter((near) => near !== this.meta.missing.course_neighbours)
      .map((near) => this.arrays.compared[near]);
  }

  /** Cosine of two of the pair words in a snapshot of a cell, null where it has none. */
  pairCosine(one, other, cell, snapshot) {
    const size = this.meta.pair_words.length;
    const [i, j] = [Math.min(one, other), Math.max(one, other)];
    const pair = (i * (2 * size - i - 1)) / 2 + j - i - 1;
    const pairs = (size * (size - 1)) / 2;
    return this.value("pair_cosines", (cell * this.snapshots + snapshot) * pairs + pair);
  }

  /** The last snapshot of a cell that had seen no more than so many tokens. */
  snapshotAt(cell, tokens) {
    return this.meta.cells[cell].tokens_seen.findLastIndex((seen) => seen <= tokens);
  }

  /**
   * Moments of training, in tokens: cells have their snapshots at almost the same ones, which are taken together, but
   * no two snapshots of one cell.
   */
  spread() {
    const seen = this.meta.cells.flatMap((cell, number) => cell.tokens_seen.map((tokens) => ({ number, tokens })));
    seen.sort((a, b) => a.tokens - b.tokens);
    const groups = [];
    for (const { number, tokens } of seen) {
      let last = groups.at(-1);
      if (!last || tokens > 1.6 * last.first || last.cells.has(number)) {
        last = { first: tokens, cells: new Set() };
        groups.push(last);
      }
      last.cells.add(number);
      last.last = tokens;
    }
    return [...new Set(groups.map((group) => group.last))];
  }
}

/** What a reader typed as the study spells words: straight apostrophes, no # before a hashtag's word. */
function plainSpelling(text) {
  return text.trim().normalize("NFC").replace(/[‘’]/g, "'").replace(/^#/, "");
}

/** Number of a page: two decimals, a minus sign, a dash for none. */
function decimal(value) {
  if (value === null || value === undefined) return "–";
  const text = Math.abs(value).toFixed(2);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** A count with narrow spaces between thousands. */
function thousands(value) {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A word as a button; `explorer.js` follows all of them. */
function wordButton(word) {
  return element("button", { type: "button", class: "word", "data-word": word }, word);
}

// Names of the style sheet's colours, as the figures have them.
const FAMILY_VARIABLES = { word2vec: "blue", glove: "orange", svd: "vermillion", gpt: "green", bert: "purple" };

/** Name of the colour of a recipe's family. */
function familyVariable({ family }) {
  return FAMILY_VARIABLES[family] ?? "muted";
}

/** Name of a recipe behind the dot of its family. */
function recipeName(recipe) {
  return element("span", { class: "recipe" }, element("span", { class: `dot ${recipe.family}` }), recipe.name);
}

/** An element of a picture with attributes and children. */
function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
