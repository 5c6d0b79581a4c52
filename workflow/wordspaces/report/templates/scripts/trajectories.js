// The listed pairs of words through training: the chart follows the slider of the pairs above it, with values beside it.

/** Keep the rule of the chart and the table below it at the moment of the slider. */
function controlTrajectories(spec) {
  const node = document.querySelector('.chart[data-chart="trajectories"]');
  const place = document.getElementById("trajectories-values");
  const rows = spec.data.values;
  let moment = Math.max(...rows.map(({ tokens }) => tokens));
  const show = async () => {
    place.replaceChildren(kindsTable(rows, moment));
    await drawnCharts.get(node)?.view.signal("moment", moment).runAsync();
  };
  document.addEventListener("momentchange", ({ detail }) => {
    moment = detail;
    show();
  });
  node.addEventListener("drawn", show);
  show();
}

/** Mean cosines at a moment, those of the last snapshot before it: a row a recipe, a column a kind of pairs and corpus. */
function kindsTable(rows, moment) {
  const [recipes, corpora, kinds] = ["recipe", "text", "kind"].map((name) => [...new Set(rows.map((row) => row[name]))]);
  const columns = corpora.flatMap((text) => kinds.map((kind) => ({ text, kind })));
  const value = (recipe, { text, kind }) => {
    const own = rows.filter((row) => row.recipe === recipe && row.text === text && row.kind === kind);
    return own.filter(({ tokens }) => tokens <= moment).sort((a, b) => a.tokens - b.tokens).at(-1)?.mean;
  };
  const head = columns.map(({ text, kind }) => element("th", { scope: "col", class: "number" }, kind, element("br"), text));
  const body = recipes.map((recipe) => {
    const cells = columns.map((column) =>
      element("td", { class: "number", "data-text": column.text, "data-kind": column.kind }, decimal(value(recipe, column))),
    );
    return element("tr", { "data-model": recipe }, element("th", { scope: "row" }, recipe), cells);
  });
  const told = `Mean cosines when ${thousands(moment)} tokens had been presented; the last value of a recipe whose training was over by then.`;
  return element(
    "table",
    {},
    element("caption", {}, told),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "recipe"), head)),
    element("tbody", {}, body),
  );
}
