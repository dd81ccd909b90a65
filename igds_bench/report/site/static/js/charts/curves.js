/* Budget curves with bands, their area, and the least budget that matches all data. */

/**
 * How references are drawn, as horizontal lines; those without a label go by their names.
 * @type {Record<NonNullable<Data.Row["reference"]>, {dash: string, label: string}>}
 */
const REFERENCE_LINES = {
  "whole pool": { dash: "dash", label: "full data" },
  untuned: { dash: "dot", label: "untuned" },
  other: { dash: "dashdot", label: "" },
};

/** Beyond this many curves, bands would hide each other: all but the baseline's become bars. */
const MOST_BANDS = 4;

/**
 * The curves of a board, the baseline's first.
 * @param {Data.Board} board
 */
function curvesOf(board) {
  return DATA.curves
    .filter((curve) => curve.board === board.id)
    .sort(
      (a, b) =>
        Number(b.selector === board.baseline) - Number(a.selector === board.baseline) ||
        a.selector.localeCompare(b.selector),
    );
}

/**
 * The points of a curve with their intervals.
 * @param {Data.Curve} curve
 * @returns {Data.Estimate[]}
 */
function curvePoints({ values, lows, highs }) {
  return values.map((value, at) => ({ value, low: lows[at], high: highs[at] }));
}

/**
 * A band between the ends of a curve's intervals.
 * @param {Data.Curve} curve
 * @param {number[]} x
 * @param {string} colour
 */
function band(curve, x, colour) {
  const edge = {
    x,
    mode: "lines",
    line: { width: 0 },
    hoverinfo: "skip",
    showlegend: false,
    legendgroup: curve.selector,
  };
  return [
    { ...edge, y: curve.lows },
    {
      ...edge,
      y: curve.highs,
      fill: "tonexty",
      fillcolor: faint(colour, 0.13),
    },
  ];
}

/**
 * A curve with its intervals, as a band or as bars a little aside.
 * @param {Data.Curve[]} curves all of the chart.
 * @param {number} i the place of the one.
 * @param {string} baseline the label of the first, if any.
 * @returns {Trace[]}
 */
function curveTraces(curves, i, baseline) {
  const curve = curves[i];
  const isBaseline = curve.selector === baseline;
  const colour = isBaseline ? ink("ink") : hue(curves[0].selector === baseline ? i - 1 : i);
  const banded = curves.length <= MOST_BANDS || isBaseline;
  const [least, most] = curveEnds(curves);
  const aside = banded ? 0 : 0.007 * (most - least) * (i - curves.length / 2);
  const x = curve.shares.map((share) => 100 * share + aside);
  const points = curvePoints(curve);
  const look = { color: faint(colour, 0.55), thickness: 1.4, width: 3 };
  return [
    ...(banded ? band(curve, x, colour) : []),
    {
      x,
      y: curve.values,
      name: plainText(curve.selector),
      legendgroup: curve.selector,
      mode: "lines+markers",
      line: { color: colour, width: isBaseline ? 2.5 : 2 },
      marker: { color: colour, size: 8, symbol: symbol(i) },
      error_y: banded ? undefined : errorBars(points, look),
      text: points.map(
        ({ value, low, high }, at) =>
          `${curve.budgets[at]}: <b>${fixed(value)}</b> ${interval(low, high, fixed)}`,
      ),
      hovertemplate: `${plainText(curve.selector)}, %{text}<extra></extra>`,
    },
  ];
}

/**
 * The least and the largest share of all curves, in percent.
 * @param {Data.Curve[]} curves
 */
function curveEnds(curves) {
  const shares = curves.flatMap((curve) => curve.shares);
  return [100 * Math.min(...shares), 100 * Math.max(...shares)];
}

/**
 * @param {Data.Board} board
 * @param {number[]} ends
 * @returns {Trace[]}
 */
function referenceTraces(board, ends) {
  return board.rows.flatMap(({ selector, reference, budget, metrics }) => {
    const mean = metrics[board.primary]?.mean;
    if (!reference || budget !== null || mean === undefined) return [];
    const { dash, label } = REFERENCE_LINES[reference];
    const name = plainText(label || selector);
    return [
      {
        x: ends,
        y: [mean, mean],
        mode: "lines",
        name,
        line: { color: ink("soft"), dash, width: 1.5 },
        hovertemplate: `${name}: ${fixed(mean)}<extra></extra>`,
      },
    ];
  });
}

/** @param {Data.Board} board */
function metricAxis(board) {
  return board.primary + (board.higher_is_better ? "" : " (lower is better)");
}

/** @param {string} id */
function showCurves(id) {
  const board = boardOf(id);
  const curves = curvesOf(board);
  const ticks = [...new Set(curves.flatMap((curve) => curve.shares))].sort((a, b) => a - b);
  const names = curves.map((curve) => curve.selector).join(", ");
  const others =
    curves[0].selector === board.baseline ? `${board.baseline}'s band and the bars of the others` : "bars";
  const bands = curves.length > MOST_BANDS ? others : "bands";
  const drawing = chart({
    label: `${board.primary} against the chosen share of the pool for ${names}; the table below holds the numbers.`,
    height: (width) => (width < 560 ? 400 : 430),
    caption: `Points are means over seeds; ${bands} are 95% bootstrap intervals over seeds and test examples. Tap a name to hide its curve, twice to see it alone.`,
    draw: () => ({
      traces: [
        ...curves.flatMap((_, i) => curveTraces(curves, i, board.baseline)),
        ...referenceTraces(board, curveEnds(curves)),
      ],
      layout: {
        xaxis: axis("chosen share of the pool, %", {
          tickvals: ticks.map((share) => 100 * share),
          ticktext: ticks.map((share) => Number((100 * share).toPrecision(3))),
        }),
        yaxis: axis(metricAxis(board)),
      },
    }),
  });
  return [drawing, curveTable(curves)];
}

function buildCurves() {
  const boards = DATA.boards.filter((board) => curvesOf(board).length);
  if (!boards.length) return null;
  return [
    el(
      "p",
      { class: "prose" },
      `What each selector gives as its budget grows, for selectors that ran at several budgets. Where a curve lies above ${DATA.against}'s, its choice helps at that budget, as far as the bands allow to tell; where the two meet at larger budgets, it only saves data.`,
    ),
    picker(
      "curves",
      "Task",
      boards.map((board) => [board.id, boardName(board)]),
      showCurves,
    ),
  ];
}
