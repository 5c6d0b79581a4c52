// What every part of the page shares: elements, the address, colours of the theme, and when the page is ready.

const root = document.documentElement;

/** An element with attributes and children; a child that is a string becomes text, never markup. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat());
  return made;
}

/** The text of a data block of the page. */
function data(name) {
  return document.getElementById(`data-${name}`).textContent;
}

let decoded = null;

/** The packed data of the words, {meta, arrays, shapes}, decoded once for all parts; null where the study has none. */
function wordData() {
  const text = data("words");
  decoded ??= text.trim() === "" ? Promise.resolve(null) : unpack(text);
  return decoded;
}

// The address after "#": first the section, then what the reader chose: "#explorer&word=city&metric=pearson".
// Nothing but the part after "#" may change in a page that was opened from disk.
const address = {
  parts() {
    const [section, ...rest] = location.hash.slice(1).split("&");
    return { section, chosen: new URLSearchParams(rest.join("&")) };
  },
  get(key) {
    return this.parts().chosen.get(key);
  },
  /** Keep what the reader chose; null forgets it. With a section, the address leads there from now on. */
  set(key, value, section = null) {
    history.replaceState(null, "", this.having(key, value, section));
  },
  /** The same as a step of its own, which the browser's Back undoes. */
  push(key, value, section = null) {
    history.pushState(null, "", this.having(key, value, section));
  },
  having(key, value, section) {
    const now = this.parts();
    if (value === null || value === "") now.chosen.delete(key);
    else now.chosen.set(key, value);
    return this.joined(section ?? now.section, now.chosen);
  },
  joined(section, chosen) {
    const rest = chosen.toString();
    return `#${section}${rest ? `&${rest}` : ""}`;
  },
};

/** Go to the section that the address names, and keep to it when a link inside the page is followed. */
function followSections() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const target = document.getElementById(link.hash.slice(1).split("&")[0]);
    if (!target) return;
    event.preventDefault();
    const there = address.joined(target.id, address.parts().chosen);
    if (there !== location.hash) history.pushState(null, "", there);
    target.scrollIntoView();
    target.tabIndex = -1; // where the next press of Tab goes on from
    target.focus({ preventScroll: true });
  });
  addEventListener("hashchange", () => {
    document.dispatchEvent(new Event("addresschange"));
    scrollToSection();
  });
}

function scrollToSection() {
  const { section } = address.parts();
  const target = section && document.getElementById(section);
  if (target) target.scrollIntoView();
}

// Light, dark, or as the system has it.
const THEMES = ["auto", "light", "dark"];

function switchTheme(name) {
  root.dataset.theme = name;
  document.dispatchEvent(new Event("themechange"));
}

function offerThemes() {
  const button = document.getElementById("theme");
  const show = () => {
    button.textContent = `theme: ${root.dataset.theme}`;
  };
  const restore = () => {
    const kept = address.get("theme");
    const name = THEMES.includes(kept) ? kept : "auto";
    if (name !== root.dataset.theme) switchTheme(name);
    show();
  };
  restore();
  document.addEventListener("addresschange", restore);
  button.addEventListener("click", () => {
    switchTheme(THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length]);
    address.set("theme", root.dataset.theme === "auto" ? null : root.dataset.theme);
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.dispatchEvent(new Event("themechange"));
  });
}

/** A colour of the style sheet as the browser resolves it now: colour("blue") for var(--blue). */
function colour(name) {
  const probe = element("span", { style: `color: var(--${name}); display: none` });
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

// Parts register here; `start.js` runs them. A part that fails says so in its place and leaves the others alone.
const parts = [];

function part(name, run) {
  parts.push({ name, run });
}

async function startParts() {
  for (const { name, run } of parts) {
    try {
      await run();
    } catch (error) {
      console.error(`${name}: ${error.message}`, error);
      for (const place of document.querySelectorAll(`[data-part="${name}"]`)) {
        place.append(element("p", { class: "note", role: "alert" }, `This part could not be shown: ${error.message}`));
      }
    }
  }
}
