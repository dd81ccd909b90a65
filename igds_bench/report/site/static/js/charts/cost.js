/* Performance against total compute, the rows that nothing beats, and rows of matched compute. */

const ROLES = {
  selector: ["selectors", "hue-0", "circle", 8],
  random: ["random", "ink", "diamond", 10],
  matched: ["random, matched by compute", "hue-1", "star", 13],
  control: ["controls", "muted", "circle-open", 7],
  reference: ["full data", "soft", "square-open", 10],
};

function costRole(row) {
  const role = roleOf(row);
  return role === "matched" && row.matched !== "compute" ? "control" : role;
}

function costRows(board) {
  const found = DATA.cost.find((one) => one.at === board.id);
  const front = new Set(found.front);
  return found.rows.map((at) => {
    const row = board.rows[at];
    return {
      row,
      board,
      total: row.flops[0] + row.flops[1],
      score: row.m[board.primary][0],
      front: front.has(at),
      role: costRole(row),
    };
  });
}

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
  const traces = Object.entries(ROLES).map(([role, [name, colour, shape, size]]) => {
    const own = rows.filter((one) => one.role === role);
    return {
      x: own.map((one) => one.total),
      y: own.map((one) => one.score),
      mode: "markers",
      name,
      marker: {
        color: ink(colour),
        symbol: shape,
        size,
        opacity: 0.9,
        line: { width: shape.endsWith("open") ? 1.5 : 0, color: ink(colour) },
      },
      text: own.map(
        ({ row, total, score }) =>
          `<b>${plainText(row.s)}</b> at ${budgetOf(row)}<br>${fixed(score)} for ${flops(total)} FLOPs<br>selection ${flops(row.flops[0])}, training ${flops(row.flops[1])}`,
      ),
      hovertemplate: "%{text}<extra></extra>",
    };
  });
  return [line, ...traces.filter((trace) => trace.x.length)];
}

/** Where a name may stand beside its point: above to the left of it, else below to the right. */
const SIDES = [
  { xanchor: "right", yanchor: "bottom", xshift: -4, yshift: 5 },
  { xanchor: "left", yanchor: "top", xshift: 6, yshift: -5 },
];

/** About where a name would be drawn, in pixels: left, right, top and bottom. */
function nameBox(side, text, [x, y]) {
  const [wide, high] = [6.4 * text.length, 15];
  const left = side.xanchor === "right" ? x + side.xshift - wide : x + side.xshift;
  const top = side.yanchor === "bottom" ? y - side.yshift - high : y - side.yshift;
  return [left, left + wide, top, top + high];
}

/** Names of the front that cover no other name; the table below has them all. */
function frontNames(rows, width) {
  const placed = scaleOf(rows, width - 90, 330);
  const taken = [];
  const names = [];
  for (const one of rows.filter((row) => row.front).sort((a, b) => b.score - a.score)) {
    const text = `${plainText(one.row.s)} ${budgetOf(one.row)}`;
    for (const side of SIDES) {
      const box = nameBox(side, text, placed(one));
      if (taken.some((b) => box[0] < b[1] && b[0] < box[1] && box[2] < b[3] && b[2] < box[3])) continue;
      taken.push(box);
      const font = { size: 11.5, color: ink("ink") };
      names.push({ x: Math.log10(one.total), y: one.score, text, showarrow: false, font, ...side });
      break;
    }
  }
  return names;
}

/** A function from a row to about where it is drawn, in pixels. */
function scaleOf(rows, width, height) {
  const [xs, ys] = [rows.map((one) => Math.log10(one.total)), rows.map((one) => one.score)];
  const [left, top] = [Math.min(...xs), Math.max(...ys)];
  const [across, down] = [Math.max(...xs) - left || 1, top - Math.min(...ys) || 1];
  return (one) => [
    ((Math.log10(one.total) - left) / across) * width,
    ((top - one.score) / down) * height,
  ];
}

function showCost(id) {
  const board = BOARDS.get(id);
  const rows = costRows(board);
  const drawing = chart({
    label: `${board.primary} against total FLOPs on a logarithmic axis. On the Pareto front: ${rows
      .filter((one) => one.front)
      .map((one) => `${one.row.s} at ${budgetOf(one.row)}`)
      .join(", ")}.`,
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
  const matched = rows.filter((one) => one.role === "matched").map(({ row }) => `${row.of} ${row.b}`);
  const front = rows.filter(
    (one) => one.front || one.role === "matched" || matched.includes(`${one.row.s} ${one.row.b}`),
  );
  return [
    drawing,
    costTable("On the Pareto front, or matched by compute, beside the selector that was matched", front),
    folded(`All ${rows.length} rows by total compute`, costTable("All rows by total compute", rows)),
  ];
}

function costTable(caption, rows) {
  return sortableTable({
    caption,
    rows: [...rows].sort((a, b) => a.total - b.total),
    rowClass: (one) => `${one.front ? "front" : ""} ${one.row.kind}`,
    columns: [
      {
        id: "selector",
        label: "Selector",
        head: true,
        value: (one) => one.row.s,
        cell: ({ row, front }) => [
          el("span", { class: "name" }, row.s),
          front ? el("span", { class: "badge on" }, "front") : null,
          badges(row),
        ],
      },
      {
        id: "budget",
        label: "Budget",
        num: true,
        value: (one) => one.row.share,
        cell: (one) => budgetOf(one.row),
      },
      {
        id: "score",
        label: "Score",
        num: true,
        falling: true,
        value: (one) => one.score,
        cell: (one) => scoreText(one.row.m[one.board.primary]),
        explain: (one) => explainScore(one, one.board.primary),
      },
      {
        id: "total",
        label: "Total FLOPs",
        num: true,
        value: (one) => one.total,
        cell: (one) => flops(one.total),
        explain: explainCompute,
      },
      {
        id: "selecting",
        label: "Selection",
        num: true,
        value: (one) => one.row.flops[0],
        cell: (one) => flops(one.row.flops[0]),
      },
      {
        id: "training",
        label: "Training",
        num: true,
        value: (one) => one.row.flops[1],
        cell: (one) => flops(one.row.flops[1]),
      },
      {
        id: "share",
        label: "Spent on selecting",
        num: true,
        falling: true,
        value: (one) => one.row.flops[0] / one.total,
        cell: (one) => percent(one.row.flops[0] / one.total),
      },
    ],
  }).root;
}

function buildCost() {
  const boards = DATA.boards.filter((board) => DATA.cost.find((one) => one.at === board.id)?.rows.length);
  if (!boards.length) return null;
  return [
    el(
      "p",
      { class: "prose" },
      "Choosing data costs compute that could have trained on more data instead. A row “matched by compute” is random given what a selector spent on choosing; by the means, a selector below it would have done better by not choosing.",
    ),
    picker(
      "cost",
      "Task",
      boards.map((board) => [board.id, boardName(board)]),
      showCost,
    ),
  ];
}
