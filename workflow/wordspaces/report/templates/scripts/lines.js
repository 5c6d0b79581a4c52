// Lines over tokens presented, a line a recipe: what the explorer and the pairs of words draw.

// Dashes tell the recipes of one family apart, as in the figures.
const LINE_DASHES = [[1, 0], [5, 3], [2, 2], [7, 2, 2, 2], [3, 2], [9, 3]];
const LINE_HEIGHT = 220;

/** A recipe with its line, for a key. */
function lineKey(words, recipe) {
  const { name } = words.meta.recipes[recipe];
  const dashes = LINE_DASHES[words.rank(recipe) % LINE_DASHES.length].join(" ");
  const stroke = `var(--${familyVariable(words.meta.recipes[recipe])})`;
  const line = drawn("line", { x1: 0, x2: 28, y1: 5, y2: 5, "stroke-width": 2, "stroke-dasharray": dashes, style: `stroke: ${stroke}` });
  return element("li", {}, drawn("svg", { width: 28, height: 10, "aria-hidden": "true" }, line), name);
}

/** A chart of lines over tokens presented, logarithmic from the first snapshot on and still with 0. `value` says what
 *  the lines are of: {field, title, low}, low the least value of the axis. */
function lineChart(words, value, description) {
  const { recipes } = words.meta;
  const [first, last] = [words.moments.find((tokens) => tokens > 0) ?? 1, words.moments.at(-1)];
  const powers = Array.from({ length: 12 }, (_, power) => 10 ** power).filter((value) => value >= first && value <= last);
  const x = {
    field: "tokens",
    type: "quantitative",
    title: "training tokens presented",
    scale: { type: "symlog", constant: first, domain: [0, last], nice: false },
    axis: { values: [0, ...powers], labelExpr: "format(datum.value, '~s')", grid: false },
  };
  const y = {
    field: value.field,
    type: "quantitative",
    title: value.title,
    scale: { domain: [value.low, 1], nice: false },
    axis: { tickCount: 6, format: ".1f" },
  };
  const domain = recipes.map(({ name }) => name);
  const colours = recipes.map((recipe) => colour(familyVariable(recipe)));
  const dashes = recipes.map((_, recipe) => LINE_DASHES[words.rank(recipe) % LINE_DASHES.length]);
  const lines = {
    mark: { type: "line", strokeWidth: 2, clip: true, point: { size: 26, filled: true, clip: true } },
    encoding: {
      x,
      y,
      color: { field: "recipe", type: "nominal", legend: null, scale: { domain, range: colours } },
      strokeDash: { field: "recipe", type: "nominal", legend: null, scale: { domain, range: dashes } },
      tooltip: [
        { field: "recipe", type: "nominal", title: "recipe" },
        { field: "tokens", type: "quantitative", title: "tokens presented", format: "," },
        { field: value.field, type: "quantitative", title: value.field, format: ".2f" },
      ],
    },
  };
  const rule = { data: { name: "moment", values: [] }, mark: { type: "rule", color: colour("muted"), strokeDash: [3, 3] }, encoding: { x } };
  return {
    description,
    width: "container",
    height: LINE_HEIGHT,
    autosize: { type: "fit-x", contains: "padding" },
    data: { name: "course", values: [] },
    layer: [rule, lines],
    config: lineLooks(),
  };
}

function lineLooks() {
  const [ink, muted, grid] = ["ink", "muted", "grid"].map(colour);
  return {
    background: "transparent",
    font: getComputedStyle(document.body).fontFamily,
    view: { stroke: null },
    axis: { labelColor: muted, titleColor: ink, titleFontWeight: "normal", gridColor: grid, domainColor: grid, tickColor: grid, labelFontSize: 12, titleFontSize: 12 },
  };
}
