/* Performance against total compute, the rows that nothing beats, and rows of matched compute. */

/**
 * A row that cost compute.
 * @typedef {Entry & {total: number, score: number, front: boolean, part: string}} Costly
 */

/** How rows are drawn, by their part; the baseline goes by its label. */
const COST_LOOKS = [
  {
    part: "contender",
    name: "selectors",
    colour: "hue-0",
    shape: "circle",
    size: 8,
  },
  { part: "baseline", name: "", colour: "ink", shape: "diamond", size: 10 },
  {
    part: "matched",
    name: "random draws, matched by compute",
    colour: "hue-1",
    shape: "star",
    size: 13,
  },
  {
    part: "control",
    name: "controls",
    colour: "muted",
    shape: "circle-open",
    size: 7,
  },
  {
    part: "reference",
    name: "full data",
    colour: "soft",
    shape: "square-open",
    size: 10,
  },
];

/**
 * @param {Data.Board} board
 * @param {Data.Row} row
 */
function costPart(board, row) {
  const part = partOf(board, row);
  return part === "control" && row.matched?.by === "compute" ? "matched" : part;
}

/**
 * @param {Data.Board} board
 * @returns {Costly[]}
 */
function costRows(board) {
  const found = DATA.cost.find((one) => one.board === board.id);
  const front = new Set(found?.front);
  return (found?.rows ?? []).map((at) => {
    const row = board.rows[at];
    const score = row.metrics[board.primary].mean;
    return {
      row,
      board,
      total: totalFlops(row),
      score,
      front: front.has(at),
      part: costPart(board, row),
    };
  });
}

/**
 * @param {Costly[]} rows
 * @returns {Trace[]}
 */
function costTraces(rows) {
  const front = rows.filter((one) => one.front).sort((a, b) => a.total - b.total);
  const line = {
    x: front.map((one) => one.total),
    y: front.map((one) => one.score),
    mode: "lines",
    name: "Pareto front",
    line: { shape: "hv", color: ink("hue-2"), width: 2 },
    hoverinfo: "skip",
  };
  return [
    line,
    ...COST_LOOKS.flatMap((look) => {
      const own = rows.filter((one) => one.part === look.part);
      return own.length ? [costPoints(own, look)] : [];
    }),
  ];
}

/**
 * @param {Costly[]} own
 * @param {typeof COST_LOOKS[number]} look
 */
function costPoints(own, { name, colour, shape, size }) {
  return {
    x: own.map((one) => one.total),
    y: own.map((one) => one.score),
    mode: "markers",
    name: plainText(name || own[0].board.baseline),
    marker: {
      color: ink(colour),
      symbol: shape,
      size,
      opacity: 0.9,
      line: { width: shape.endsWith("open") ? 1.5 : 0, color: ink(colour) },
    },
    text: own.map(
      ({ row, total, score }) =>
        `<b>${plainText(row.selector)}</b> at ${budgetOf(row)}<br>${fixed(score)} for ${flops(total)} FLOPs<br>selection ${flops(row.flops.selection)}, training ${flops(row.flops.training)}`,
    ),
    hovertemplate: "%{text}<extra></extra>",
  };
}

/** @param {string} id */
function showCost(id) {
  const board = boardOf(id);
  const rows = costRows(board);
  const onFront = rows.filter((one) => one.front).map(({ row }) => `${row.selector} at ${budgetOf(row)}`);
  const drawing = chart({
    label: `${board.primary} against total FLOPs on a logarithmic axis. On the Pareto front: ${onFront.join(", ")}.`,
    height: (width) => (width < 560 ? 420 : 460),
    caption:
      "Every row at its mean score and its mean total compute, selection and training together. The front joins the rows that no other beats in both, by the means alone and controls aside: neighbours on it may be tied.",
    draw: (width) => ({
      traces: costTraces(rows),
      layout: {
        xaxis: axis("FLOPs per cell, selection + training (log)", {
          type: "log",
          exponentformat: "SI",
          dtick: "D2",
          tickformat: "~s",
        }),
        yaxis: axis(metricAxis(board)),
        annotations: width > 560 ? frontNames(rows, width) : [],
      },
    }),
  });
  const matched = rows
    .filter((one) => one.part === "matched")
    .map(({ row }) => `${row.matched?.of} ${row.budget}`);
  const shown = rows.filter(
    ({ row, front, part }) =>
      front || part === "matched" || matched.includes(`${row.selector} ${row.budget}`),
  );
  return [
    drawing,
    costTable("On the Pareto front, or matched by compute, beside the selector that was matched", shown),
    folded(`All ${rows.length} rows by total compute`, costTable("All rows by total compute", rows)),
  ];
}

function buildCost() {
  const boards = DATA.boards.filter((board) => costRows(board).length);
  if (!boards.length) return null;
  return [
    el(
      "p",
      { class: "prose" },
      "Choosing data costs compute that could have trained on more data instead. A row “matched by compute” consists of random draws that were given what a selector spent on choosing; by the means, a selector below it would have done better by not choosing.",
    ),
    picker(
      "cost",
      "Task",
      boards.map((board) => [board.id, boardName(board)]),
      showCost,
    ),
  ];
}
