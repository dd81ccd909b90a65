/* What was chosen, what choices have in common, and what confounds them: length, source, score. */

function heatColour(value, chance, reach) {
  const weight = Math.min(1, Math.abs(value - chance) / reach);
  return `color-mix(in oklab, var(--${value > chance ? "hot" : "cold"}) ${Math.round(88 * weight)}%, var(--card))`;
}

function heatMap(found, title) {
  const { names, jaccard, order, chance } = found;
  const others = jaccard.flatMap((row, i) => row.filter((_, j) => i !== j));
  const reach = Math.max(0.1, ...others.map((value) => Math.abs(value - chance)));
  const body = el(
    "tbody",
    {},
    names.map((name, i) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, name),
        names.map((_, j) =>
          i === j
            ? el("td", { class: "self" }, "")
            : el(
                "td",
                {
                  tabindex: "-1",
                  data: { i, j },
                  css: { "background-color": heatColour(jaccard[i][j], chance, reach) },
                },
                jaccard[i][j].toFixed(2).replace(/^0/, ""),
              ),
        ),
      ),
    ),
  );
  explainWithin(body, "td[data-i]", (cell) => {
    const { i, j } = cell.dataset;
    return {
      title: `Jaccard ${jaccard[i][j].toFixed(2)}`,
      lead: `${names[i]} and ${names[j]}`,
      facts: [
        ["By chance", chance.toFixed(2), "expected of two random draws"],
        ["Order", signed(order[i][j]), "Spearman's, of the places at which rows were chosen"],
      ],
    };
  });
  body.addEventListener("mouseover", (event) => {
    const cell = event.target.closest("td[data-i]");
    for (const lit of heads.querySelectorAll(".lit")) lit.classList.remove("lit");
    if (cell) heads.rows[0].cells[Number(cell.dataset.j) + 1].classList.add("lit");
  });
  enterByTab(body, "td[data-i]");
  const heads = el(
    "thead",
    {},
    el(
      "tr",
      {},
      el("td", {}),
      names.map((name) => el("th", { scope: "col" }, el("span", {}, name))),
    ),
  );
  return el(
    "div",
    {},
    el(
      "div",
      { class: "scroll heat", tabindex: "0", role: "region", "aria-label": title },
      el("table", {}, el("caption", {}, el("span", {}, title)), heads, body),
    ),
    el(
      "p",
      { class: "scale" },
      "less in common",
      el("i", { class: "ramp", "aria-hidden": "true" }),
      `more · plain is what chance gives, ${chance.toFixed(2)}`,
    ),
  );
}

function boxBar([low, q1, middle, q3, high], most) {
  const at = (value) => `${(100 * value) / most}%`;
  const part = (a, b, name) =>
    el("i", { class: name, css: { left: at(a), width: `${(100 * (b - a)) / most}%` } });
  return el(
    "span",
    { class: "boxbar", "aria-hidden": "true" },
    part(low, high, "box-whisker"),
    part(q1, q3, "box-middle"),
    el("i", { class: "box-median", css: { left: at(middle) } }),
  );
}

function lengthTable(lengths, budget) {
  const rows = Object.entries(lengths);
  const most = Math.max(...rows.map(([, levels]) => levels[4]));
  return sortableTable({
    caption: `Response length of what was chosen at ${budget}, in tokens`,
    rows,
    rowClass: ([name]) => (name === "pool" ? "random" : ""),
    columns: [
      { id: "selector", label: "Selector", head: true, value: ([name]) => name, cell: ([name]) => name },
      {
        id: "median",
        label: "Median",
        num: true,
        value: ([, levels]) => levels[2],
        cell: ([, levels]) => fixed(levels[2], 0),
      },
      {
        id: "spread",
        label: "5% to 95%",
        num: true,
        value: ([, levels]) => levels[4] - levels[0],
        cell: ([, levels]) => `${fixed(levels[0], 0)}–${fixed(levels[4], 0)}`,
      },
      {
        id: "box",
        label: "Quartiles and range",
        value: ([, levels]) => levels[2],
        cell: ([, levels]) => boxBar(levels, most),
      },
    ],
  }).root;
}

const TABLE_NOTES = [
  [
    "Chosen",
    "“Score” is the median score of the chosen against that of every scored row; “score ~” is Spearman's correlation of score and length in tokens over the pool.",
  ],
  ["Cost", "* used work shared with other selectors, and is charged as if it had run alone."],
  [
    "In common",
    "“Jaccard” compares the chosen sets at the first selection seed; “order” is Spearman's correlation of the places at which rows were chosen. “Seeds” is the mean Jaccard between a selector's own seeds; “smaller in larger” the share of smaller selections that larger ones contain.",
  ],
];

function showSelections(id) {
  const found = DATA.selections.find((one) => one.at === id);
  const notes = (title) => TABLE_NOTES.find(([start]) => title.startsWith(start))?.[1];
  return [
    found.overlap ? heatMap(found.overlap, `Overlap of the chosen sets at ${found.budget} (Jaccard)`) : null,
    Object.keys(found.lengths).length ? lengthTable(found.lengths, found.budget) : null,
    found.tables.map((table, i) =>
      folded(
        table.title.replace(/:.*? · ([^·]+)$/, " at $1"),
        plainTable(table.title, table.header, table.rows, table.text),
        notes(table.title) ? el("p", { class: "caption" }, notes(table.title)) : null,
      ),
    ),
    found.near.length ? [el("h3", {}, "Near-duplicates"), prose(found.near)] : null,
  ]
    .flat(2)
    .filter(Boolean);
}

function buildSelections() {
  if (!DATA.selections.length) return null;
  return [
    el(
      "p",
      { class: "prose" },
      "Two selectors with the same score may have chosen the same data, or merely the same length. Selectors that are alike stand beside each other; the table of lengths and the correlations with length show what else a score may measure.",
    ),
    picker(
      "selections",
      "Task",
      DATA.selections.map((one) => [one.at, boardName(BOARDS.get(one.at))]),
      showSelections,
    ),
  ];
}
