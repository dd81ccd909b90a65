/* The numbers of the cost chart, and the names that fit on it. */

/** Where a name may stand beside its point: above to the left of it, else below to the right. */
const SIDES = [
  { xanchor: "right", yanchor: "bottom", xshift: -4, yshift: 5 },
  { xanchor: "left", yanchor: "top", xshift: 6, yshift: -5 },
];

/** @typedef {{left: number, right: number, top: number, bottom: number}} Box in pixels. */

/**
 * About where a name would be drawn.
 * @param {typeof SIDES[number]} side
 * @param {string} text
 * @param {{x: number, y: number}} at
 * @returns {Box}
 */
function nameBox(side, text, { x, y }) {
  const [wide, high] = [6.4 * text.length, 15];
  const left = side.xanchor === "right" ? x + side.xshift - wide : x + side.xshift;
  const top = side.yanchor === "bottom" ? y - side.yshift - high : y - side.yshift;
  return { left, right: left + wide, top, bottom: top + high };
}

/**
 * @param {Box} a
 * @param {Box} b
 */
function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/**
 * Names of the front that cover no other name; the table below has them all.
 * @param {Costly[]} rows
 * @param {number} width
 */
function frontNames(rows, width) {
  const placed = scaleOf(rows, width - 90, 330);
  /** @type {Box[]} */
  const taken = [];
  const names = [];
  for (const one of rows.filter((row) => row.front).sort((a, b) => b.score - a.score)) {
    const text = `${plainText(one.row.selector)} ${budgetOf(one.row)}`;
    const side = SIDES.find((free) => !taken.some((box) => overlap(nameBox(free, text, placed(one)), box)));
    if (!side) continue;
    taken.push(nameBox(side, text, placed(one)));
    const font = { size: 11.5, color: ink("ink") };
    names.push({
      x: Math.log10(one.total),
      y: one.score,
      text,
      showarrow: false,
      font,
      ...side,
    });
  }
  return names;
}

/**
 * A function from a row to about where it is drawn, in pixels.
 * @param {Costly[]} rows
 * @param {number} width
 * @param {number} height
 */
function scaleOf(rows, width, height) {
  const [xs, ys] = [rows.map((one) => Math.log10(one.total)), rows.map((one) => one.score)];
  const [left, top] = [Math.min(...xs), Math.max(...ys)];
  const [across, down] = [Math.max(...xs) - left || 1, top - Math.min(...ys) || 1];
  /** @param {Costly} one */
  return (one) => ({
    x: ((Math.log10(one.total) - left) / across) * width,
    y: ((top - one.score) / down) * height,
  });
}

/** @type {Column<Costly>[]} */
const COST_COLUMNS = [
  {
    id: "selector",
    label: "Selector",
    head: true,
    value: ({ row }) => row.selector,
    cell: ({ row, front }) => [
      el("span", { class: "name" }, row.selector),
      front ? el("span", { class: "badge on" }, "front") : null,
      badges(row),
    ],
  },
  {
    id: "budget",
    label: "Budget",
    num: true,
    value: ({ row }) => row.share,
    cell: ({ row }) => budgetOf(row),
  },
  {
    id: "score",
    label: "Score",
    num: true,
    falling: true,
    value: ({ score }) => score,
    cell: ({ row, board }) => scoreText(row.metrics[board.primary]),
    explain: (one) => explainScore(one, one.board.primary),
  },
  {
    id: "total",
    label: "Total FLOPs",
    num: true,
    value: ({ total }) => total,
    cell: ({ total }) => flops(total),
    explain: explainCompute,
  },
  {
    id: "selecting",
    label: "Selection",
    num: true,
    value: ({ row }) => row.flops.selection,
    cell: ({ row }) => flops(row.flops.selection),
  },
  {
    id: "training",
    label: "Training",
    num: true,
    value: ({ row }) => row.flops.training,
    cell: ({ row }) => flops(row.flops.training),
  },
  {
    id: "share",
    label: "Spent on selecting",
    num: true,
    falling: true,
    value: ({ row, total }) => row.flops.selection / total,
    cell: ({ row, total }) => percent(row.flops.selection / total),
  },
];

/**
 * @param {string} caption
 * @param {Costly[]} rows
 */
function costTable(caption, rows) {
  return sortableTable({
    caption,
    rows: [...rows].sort((a, b) => a.total - b.total),
    rowClass: ({ board, row, front }) => present([front && "front", partOf(board, row)]).join(" "),
    columns: COST_COLUMNS,
  }).root;
}
