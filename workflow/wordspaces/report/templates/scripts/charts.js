// The charts that Vega draws from the specifications in the page: when they come near, in the colours of the theme.

const NEAR = "600px";
const WIDEST = 640;
const LEGEND = 170; // beside a chart on a wide screen; below it on a narrow one
const AXIS = 84; // pixels of axis labels and margins beside several panels
const TITLE = 16; // above a panel
const AROUND = 90; // pixels for titles, labels and legends
const drawnCharts = new Map();

let swapped = null;
document.addEventListener("themechange", () => {
  swapped = null;
});

/** A specification with the colours that the page has now in place of those of the light page. */
function themed(spec, swaps) {
  swapped ??= Object.fromEntries(Object.entries(swaps).map(([from, name]) => [from, colour(name)]));
  const swap = (value) => {
    if (typeof value === "string") return swapped[value] ?? value;
    if (Array.isArray(value)) return value.map(swap);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === "values" ? inner : swap(inner)]));
  };
  const found = swap(spec);
  found.config = { ...found.config, font: getComputedStyle(document.body).fontFamily };
  return found;
}

/** A chart in the width there is: one that keeps its ratio, with its legend where it then goes, or one of many panels. */
function fitted(spec, node) {
  const { aspect, columns } = spec.usermeta ?? {};
  const room = node.clientWidth;
  if (columns) return panelled(spec, room, columns);
  if (!aspect) return spec;
  const narrow = room < WIDEST;
  const width = Math.min(WIDEST, narrow ? room - 10 : room - LEGEND);
  const legend = { ...spec.config.legend, orient: narrow ? "bottom" : "right", columns: narrow ? 2 : 1 };
  return { ...spec, width, height: width * aspect, config: { ...spec.config, legend } };
}

/** Panels beside each other, two at most on a narrow screen. */
function panelled(spec, room, most) {
  const narrow = room < WIDEST;
  const columns = narrow ? Math.min(2, most) : most;
  const width = Math.floor((room - AXIS - spec.spacing * (columns - 1)) / columns);
  const legend = { ...spec.config.legend, columns: narrow ? 2 : 4 };
  const header = { ...spec.facet.header, labelLimit: width, labelFontSize: narrow ? 11 : 12 };
  const facet = { ...spec.facet, header };
  return { ...spec, columns, facet, spec: { ...spec.spec, width }, config: { ...spec.config, legend } };
}

/** Height of a fitted chart in pixels, about. */
function heightOf({ height, columns, spec, spacing, usermeta }) {
  return height ?? Math.ceil(usermeta.panels / columns) * (spec.height + TITLE + spacing);
}

/** Draw a chart, anew where it stands already. */
async function drawChart(node, spec, swaps) {
  drawnCharts.get(node)?.view.finalize();
  const inside = element("div");
  node.replaceChildren(inside);
  const shown = fitted(themed(spec, swaps), node);
  const options = { mode: "vega-lite", ast: true, actions: false, renderer: node.dataset.renderer ?? "svg" };
  const result = await vegaEmbed(inside, shown, options);
  drawnCharts.set(node, result);
  node.style.minHeight = "";
  node.dataset.drawn = "true";
  node.dispatchEvent(new Event("drawn"));
}

part("charts", async () => {
  const { swaps, specs } = JSON.parse(data("charts"));
  const nodes = [...document.querySelectorAll(".chart[data-chart]")].filter((node) => specs[node.dataset.chart]);
  const draw = (node) => drawChart(node, specs[node.dataset.chart], swaps);
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        draw(target).catch((error) => console.error(`chart ${target.dataset.chart}: ${error.message}`));
      }
    },
    { rootMargin: NEAR },
  );
  // Room for each at once, so that what stands below does not move when it is drawn.
  for (const node of nodes) {
    const height = heightOf(fitted(specs[node.dataset.chart], node));
    node.style.minHeight = `${Math.round(height + AROUND)}px`;
  }
  const first = nodes.filter((node) => node.getBoundingClientRect().top < innerHeight);
  for (const node of nodes) if (!first.includes(node)) observer.observe(node);
  let width = innerWidth;
  const again = () => [...drawnCharts.keys()].forEach((node) => nodes.includes(node) && draw(node));
  document.addEventListener("themechange", again);
  addEventListener("resize", () => {
    if (innerWidth === width) return; // a phone's browser bar comes and goes
    width = innerWidth;
    again();
  });
  if (specs.matrix) controlMatrix(specs.matrix);
  if (specs.trajectories) controlTrajectories(specs.trajectories);
  await Promise.all(first.map(draw));
});
