// Controls of the matrix: which measure it shows, and what it says of two cells, for those who cannot point at them too.

/** Join the controls to the chart; the measure is kept in the address. */
function controlMatrix(spec) {
  const node = document.querySelector('.chart[data-chart="matrix"]');
  const [metric, one, other] = ["metric", "matrix-one", "matrix-other"].map((id) => document.getElementById(id));
  const detail = document.getElementById("matrix-detail");
  const names = spec.params.find(({ name }) => name === "names").value;
  const facts = new Map(spec.transform[0].from.data.values.map((row) => [row.pair, row]));
  const cells = new Map(spec.data.values.map((row) => [`${row.a} ${row.b}`, row]));
  const rows = names.slice(0, names.indexOf(""));
  for (const select of [one, other]) select.replaceChildren(...rows.map((name, place) => element("option", { value: place }, name)));
  other.value = String(Math.max(0, rows.length - 1));

  const tell = () => {
    detail.textContent = matrixSentence(names, cells.get(`${one.value} ${other.value}`), facts, metric);
  };
  const show = async () => {
    const view = drawnCharts.get(node)?.view;
    if (view) await view.signal("metric", metric.value).runAsync();
    tell();
  };
  const restore = () => {
    const kept = address.get("metric");
    metric.value = [...metric.options].some(({ value }) => value === kept) ? kept : metric.options[0].value;
    return show();
  };
  metric.addEventListener("change", () => {
    address.set("metric", metric.selectedIndex === 0 ? null : metric.value);
    show();
  });
  for (const select of [one, other]) select.addEventListener("change", tell);
  node.addEventListener("drawn", () => {
    show();
    drawnCharts.get(node).view.addEventListener("click", (_, item) => {
      if (item?.datum?.one === undefined || item.datum.b >= rows.length) return;
      [one.value, other.value] = [String(item.datum.a), String(item.datum.b)];
      tell();
    });
  });
  document.addEventListener("addresschange", restore);
  restore();
}

/** What the matrix says of two cells, in words. */
function matrixSentence(names, row, facts, metric) {
  const measure = metric.selectedOptions[0].textContent;
  if (!row || row[metric.value] === undefined) return `${measure}: no pair of spaces.`;
  const fact = facts.get(row.pair) ?? {};
  const own = (what) => fact[`${what}_${metric.value}`];
  const told = [`${names[row.a]} and ${names[row.b]}: mean r ${row[metric.value].toFixed(3)} (${measure})`];
  told.push(own("interval") ? `over all samples, with its interval over words, ${own("interval")}` : "no interval for this measure");
  const bounds = [["seed", "other seed"], ["sample", "other sample"]].filter(([what]) => own(what) !== undefined);
  if (bounds.length > 0) told.push(`ceiling: ${bounds.map(([what, name]) => `${name} ${own(what).toFixed(2)}`).join(", ")}`);
  if (own("free") !== undefined) told.push(`with the noise taken out ${own("free").toFixed(2)}`);
  return `${told.join("; ")}.`;
}
