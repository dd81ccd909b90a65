/* Budget curves with bands, their area, and the least budget that matches all data. */

/** References drawn as horizontal lines, with their dashes. */
const REFERENCE_LINES = [
  ["full", "dash", "full data"],
  ["base", "dot", "untuned"],
  ["target-only", "dashdot", "target only"],
];

function curvesOf(board) {
  const own = DATA.curves.filter((curve) => curve.at === board.id);
  return [...own].sort((a, b) => (b.s === "random") - (a.s === "random") || a.s.localeCompare(b.s));
}

/** Beyond this many curves, bands would hide each other: all but random's become bars. */
const MOST_BANDS = 4;

/** A band between the ends of a curve's intervals. */
function band(curve, x, colour) {
  const edge = {
    x,
    mode: "lines",
    line: { width: 0 },
    hoverinfo: "skip",
    showlegend: false,
    legendgroup: curve.s,
  };
  return [
    { ...edge, y: curve.lows },
    { ...edge, y: curve.highs, fill: "tonexty", fillcolor: faint(colour, 0.13) },
  ];
}

/** Intervals as bars at the points of a curve. */
function bars(curve, colour) {
  return {
    type: "data",
    symmetric: false,
    array: curve.highs.map((high, at) => high - curve.values[at]),
    arrayminus: curve.lows.map((low, at) => curve.values[at] - low),
    color: faint(colour, 0.55),
    thickness: 1.4,
    width: 3,
  };
}

function curveTraces(board, curves) {
  const traces = [];
  const all = curves.flatMap((curve) => curve.shares.map((share) => 100 * share));
  const shift = 0.007 * (Math.max(...all) - Math.min(...all));
  curves.forEach((curve, i) => {
    const colour = curve.s === "random" ? ink("ink") : hue(i - 1);
    const banded = curves.length <= MOST_BANDS || curve.s === "random";
    const aside = banded ? 0 : shift * (i - curves.length / 2);
    const x = curve.shares.map((share) => 100 * share + aside);
    if (banded) traces.push(...band(curve, x, colour));
    traces.push({
      x,
      y: curve.values,
      name: plainText(curve.s),
      legendgroup: curve.s,
      mode: "lines+markers",
      line: { color: colour, width: curve.s === "random" ? 2.5 : 2 },
      marker: { color: colour, size: 8, symbol: symbol(i) },
      error_y: banded ? undefined : bars(curve, colour),
      text: curve.values.map(
        (value, at) =>
          `${curve.budgets[at]}: <b>${fixed(value)}</b> ${interval(curve.lows[at], curve.highs[at], fixed)}`,
      ),
      hovertemplate: `${plainText(curve.s)}, %{text}<extra></extra>`,
    });
  });
  const shares = curves.flatMap((curve) => curve.shares);
  const ends = [Math.min(...shares), Math.max(...shares)].map((share) => 100 * share);
  for (const [name, dash, label] of REFERENCE_LINES) {
    const mean = board.rows.find((row) => row.s === name)?.m[board.primary]?.[0];
    if (mean === undefined) continue;
    traces.push({
      x: ends,
      y: [mean, mean],
      mode: "lines",
      name: label,
      line: { color: ink("soft"), dash, width: 1.5 },
      hovertemplate: `${label}: ${fixed(mean)}<extra></extra>`,
    });
  }
  return traces;
}

function metricAxis(board) {
  return board.primary + (board.higher ? "" : " (lower is better)");
}

function showCurves(id) {
  const board = BOARDS.get(id);
  const curves = curvesOf(board);
  const ticks = [...new Set(curves.flatMap((curve) => curve.shares))].sort((a, b) => a - b);
  const drawing = chart({
    label: `${board.primary} against the chosen share of the pool for ${curves.map((curve) => curve.s).join(", ")}; the table below holds the numbers.`,
    height: (width) => (width < 560 ? 400 : 430),
    caption: `Points are means over seeds; ${curves.length > MOST_BANDS ? "random's band and the bars of the others" : "bands"} are 95% bootstrap intervals over seeds and test examples. Tap a name to hide its curve, twice to see it alone.`,
    draw: () => ({
      traces: curveTraces(board, curves),
      layout: {
        xaxis: axis("chosen share of the pool, %", {
          tickvals: ticks.map((share) => 100 * share),
          ticktext: ticks.map((share) => Number((100 * share).toPrecision(3))),
        }),
        yaxis: axis(metricAxis(board)),
      },
    }),
  });
  return [drawing, curveTable(board, curves)];
}

function curveTable(board, curves) {
  const range = [Math.min(...curves.map((c) => c.area[1])), Math.max(...curves.map((c) => c.area[2]))];
  return sortableTable({
    caption: "Area under the curve, and the least budget that matches full data",
    rows: curves,
    columns: [
      { id: "selector", label: "Selector", head: true, value: (c) => c.s, cell: (c) => c.s },
      ...ticksOf(curves).map((budget) => ({
        id: `at-${budget}`,
        label: `at ${budget}`,
        num: true,
        falling: true,
        value: (c) => c.values[c.budgets.indexOf(budget)] ?? null,
        cell: (c) => fixed(c.values[c.budgets.indexOf(budget)]),
      })),
      {
        id: "area",
        label: "Area",
        num: true,
        falling: true,
        hint: "mean height of the curve, with its 95% interval",
        value: (c) => c.area[0],
        cell: (c) =>
          el(
            "span",
            { class: "withbar" },
            el(
              "span",
              {},
              el("b", {}, fixed(c.area[0])),
              el("span", { class: "soft" }, ` ${interval(c.area[1], c.area[2], fixed)}`),
            ),
            intervalBar(c.area[0], c.area[1], c.area[2], range),
          ),
        explain: (c) => ({
          title: `Area: ${fixed(c.area[0])} ${interval(c.area[1], c.area[2], fixed)}`,
          lead: c.s,
          note: "Mean height of the curve between its smallest and largest budget, in points of the metric, with its 95% bootstrap interval.",
        }),
      },
      {
        id: "match",
        label: "Matches full data at",
        num: true,
        value: (c) => c.match[0],
        cell: matchText,
        explain: explainMatch,
      },
    ],
  }).root;
}

function ticksOf(curves) {
  return [...new Set(curves.flatMap((curve) => curve.budgets))].sort((a, b) => parseFloat(a) - parseFloat(b));
}

/** Below the smallest budget nothing is known. */
function matchEnd(curve, share) {
  if (share === null) return "not reached";
  return `${share <= curve.shares[0] ? "≤ " : ""}${percent(share, 1)}`;
}

function matchText(curve) {
  if (curve.reached === null) return NONE;
  const [point, low, high] = curve.match.map((share) => matchEnd(curve, share));
  return low === "not reached" ? point : `${point} [${low}, ${high}]`;
}

function explainMatch(curve) {
  if (curve.reached === null) return null;
  return {
    title: `Budget that matches full data: ${matchText(curve)}`,
    lead: curve.s,
    facts: [
      [
        "95% interval",
        `${matchEnd(curve, curve.match[1])} to ${matchEnd(curve, curve.match[2])}`,
        "“not reached”: not up to the largest budget of the curve",
      ],
      ["Reached in", percent(curve.reached), "of the bootstrap draws"],
    ],
    note: "Where the curve, drawn straight between budgets, first reaches the score of training on the whole pool.",
  };
}

function buildCurves() {
  const boards = DATA.boards.filter((board) => curvesOf(board).length);
  if (!boards.length) return null;
  return [
    el(
      "p",
      { class: "prose" },
      "What each selector gives as its budget grows, for selectors that ran at several budgets. Where a curve lies above random's, its choice helps at that budget, as far as the bands allow to tell; where the two meet at larger budgets, it only saves data.",
    ),
    picker(
      "curves",
      "Task",
      boards.map((board) => [board.id, boardName(board)]),
      showCurves,
    ),
  ];
}
