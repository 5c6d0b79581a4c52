// The search field of the word explorer: completions while the reader types, near spellings where a word is not there.

const COMPLETIONS = 12;
const SPELLINGS = 6;

/** Words that begin with the query, then words that have it inside, each most frequent first: {matches, total}. */
function completions(list, query) {
  const typed = plainSpelling(query).toLowerCase();
  if (typed === "") return { matches: [], total: 0 };
  const begin = [];
  const inside = [];
  list.forEach((word, place) => {
    const at = word.indexOf(typed);
    if (at === 0) begin.push(place);
    else if (at > 0) inside.push(place);
  });
  const exact = begin.findIndex((place) => list[place] === typed);
  if (exact > 0) begin.unshift(...begin.splice(exact, 1));
  return { matches: [...begin, ...inside].slice(0, COMPLETIONS), total: begin.length + inside.length };
}

/** Edits from one word to another: letters put in, left out, replaced, or swapped with the next (optimal string
 *  alignment); `most` + 1 where there are more than that. */
function edits(a, b, most) {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before = [];
  let last = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    [before, last] = [last, row];
    row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
      least = Math.min(least, row[j]);
    }
    if (least > most + 1) return most + 1;
  }
  return Math.min(row[b.length], most + 1);
}

/** Words nearest in spelling, fewest edits first, then most frequent first; a short word bears fewer edits. */
function spellings(list, query) {
  const typed = plainSpelling(query).toLowerCase();
  const most = Math.max(1, Math.min(3, Math.floor(typed.length / 2)));
  const found = [];
  list.forEach((word, place) => {
    const distance = edits(typed, word, most);
    if (distance <= most) found.push({ place, distance });
  });
  found.sort((a, b) => a.distance - b.distance || a.place - b.place);
  return found.slice(0, SPELLINGS).map(({ place }) => place);
}

/** Make the field complete and choose: `choose(place)` for a word of the list, `unknown(typed)` for another. */
function offerSearch(words, choose, unknown) {
  const input = document.getElementById("word");
  const options = document.getElementById("word-options");
  const count = document.getElementById("word-count");
  let active = -1;

  const close = () => {
    options.hidden = true;
    options.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    move(-1);
  };

  const move = (to) => {
    const shown = [...options.children];
    active = shown.length === 0 ? -1 : to;
    shown.forEach((option, place) => option.setAttribute("aria-selected", String(place === active)));
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", shown[active].id);
      shown[active].scrollIntoView({ block: "nearest" });
    }
  };

  const open = () => {
    const { matches, total } = completions(words.list, input.value);
    options.replaceChildren(...matches.map((place, row) => completion(words, place, row)));
    options.hidden = matches.length === 0;
    input.setAttribute("aria-expanded", String(matches.length > 0));
    count.textContent = input.value.trim() === "" ? "" : `${thousands(total)} ${total === 1 ? "word matches" : "words match"}`;
    move(-1);
  };

  const take = (place) => {
    close();
    count.textContent = "";
    input.value = words.list[place];
    choose(place);
  };

  const enter = () => {
    if (active >= 0) take(words.place(options.children[active].dataset.word));
    else if (input.value.trim() !== "") {
      const place = words.place(input.value);
      if (place >= 0) take(place);
      else {
        close();
        unknown(input.value.trim());
      }
    }
  };

  const keys = {
    ArrowDown: () => (options.hidden ? open() : move((active + 1) % options.children.length)),
    ArrowUp: () => (options.hidden ? open() : move(active <= 0 ? options.children.length - 1 : active - 1)),
    Enter: enter,
    Escape: () => {
      if (options.hidden) input.value = "";
      count.textContent = "";
      close();
    },
  };
  input.addEventListener("keydown", (event) => {
    // A key that composes a letter, as in Japanese, is no command yet.
    if (event.isComposing || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  input.addEventListener("input", open);
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", close);
  // The field keeps the focus while an option is pressed, or the list would close under the pointer.
  options.addEventListener("pointerdown", (event) => event.preventDefault());
  options.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(words.place(option.dataset.word));
  });
  document.getElementById("word-form").addEventListener("submit", (event) => event.preventDefault());
}

function completion(words, place, row) {
  const word = words.list[place];
  const counts = words.meta.corpora.map((_, corpus) => thousands(words.count(place, corpus))).join(" · ");
  return element(
    "li",
    { role: "option", id: `word-option-${row}`, "data-word": word, "aria-selected": "false" },
    element("span", {}, word),
    element("span", { class: "note", "aria-hidden": "true" }, counts),
  );
}
