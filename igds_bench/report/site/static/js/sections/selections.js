/* What was chosen, what choices have in common, and what confounds them: length, source, score. */

/**
 * @param {Data.Lengths} levels
 * @param {number} most
 */
function boxBar({ low, q1, median, q3, high }, most) {
  if (low === null || q1 === null || median === null || q3 === null || high === null) return null;
  /** @param {number} value */
  const at = (value) => `${(100 * value) / most}%`;
  /** @type {(a: number, b: number, name: string) => HTMLElement} */
  const part = (a, b, name) => el("i", { class: name, css: { left: at(a), width: at(b - a) } });
  return el(
    "span",
    { class: "boxbar", "aria-hidden": "true" },
    part(low, high, "box-whisker"),
    part(q1, q3, "box-middle"),
    el("i", { class: "box-median", css: { left: at(median) } }),
  );
}

/** @param {Data.Selections} found */
function lengthTable({ lengths, budget }) {
  const most = Math.max(...known(lengths.map(({ high }) => high)));
  return sortableTable({
    caption: `Response length of what was chosen at ${budget}, in tokens`,
    rows: lengths,
    rowClass: (levels) => (levels.is_pool ? "pool" : ""),
    columns: [
      nameColumn(({ name }) => name),
      {
        id: "median",
        label: "Median",
        num: true,
        value: ({ median }) => median,
        cell: ({ median }) => fixed(median, 0),
      },
      {
        id: "spread",
        label: "5% to 95%",
        num: true,
        value: ({ low, high }) => (low === null || high === null ? null : high - low),
        cell: ({ low, high }) => `${fixed(low, 0)}–${fixed(high, 0)}`,
      },
      {
        id: "box",
        label: "Quartiles and range",
        value: ({ median }) => median,
        cell: (levels) => boxBar(levels, most),
      },
    ],
  }).root;
}

/** What must be known to read a table, by how its title begins. */
const TABLE_NOTES = [
  {
    begins: "Chosen",
    note: "“Score” is the median score of the chosen against that of every scored row; “score ~” is Spearman's correlation of score and length in tokens over the pool.",
  },
  {
    begins: "Cost",
    note: "* used work shared with other selectors, and is charged as if it had run alone.",
  },
  {
    begins: "In common",
    note: "“Jaccard” compares the chosen sets at the first selection seed; “order” is Spearman's correlation of the places at which rows were chosen. “Seeds” is the mean Jaccard between a selector's own seeds; “smaller in larger” the share of smaller selections that larger ones contain.",
  },
];

/** @param {Data.Table} table */
function foldedTable(table) {
  const found = TABLE_NOTES.find(({ begins }) => table.title.startsWith(begins));
  return folded(
    table.title.replace(/:.*? · ([^·]+)$/, " at $1"),
    plainTable(table),
    found ? el("p", { class: "caption" }, found.note) : null,
  );
}

/** @param {string} id */
function showSelections(id) {
  const found = DATA.selections.find((one) => one.board === id);
  if (!found) return null;
  const title = `Overlap of the chosen sets at ${found.budget} (Jaccard)`;
  return [
    found.overlap ? heatMap(found.overlap, title) : null,
    found.lengths.length ? lengthTable(found) : null,
    found.tables.map(foldedTable),
    found.near.length ? [el("h3", {}, "Near-duplicates"), prose(found.near)] : null,
  ];
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
      DATA.selections.map((one) => [one.board, boardName(boardOf(one.board))]),
      showSelections,
    ),
  ];
}
