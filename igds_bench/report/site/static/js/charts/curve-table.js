/* The numbers of budget curves: scores, area, and the budget that matches all data. */

/** @param {Data.Curve[]} curves */
function curveTable(curves) {
  const budgets = [...new Set(curves.flatMap((curve) => curve.budgets))].sort(
    (a, b) => parseFloat(a) - parseFloat(b),
  );
  return sortableTable({
    caption: "Area under the curve, and the least budget that matches full data",
    rows: curves,
    columns: [
      nameColumn((curve) => curve.selector),
      ...budgets.map(budgetColumn),
      areaColumn(curves),
      {
        id: "match",
        label: "Matches full data at",
        num: true,
        value: (curve) => curve.match.value,
        cell: matchText,
        explain: explainMatch,
      },
    ],
  }).root;
}

/**
 * @param {string} budget
 * @returns {Column<Data.Curve>}
 */
function budgetColumn(budget) {
  /** @param {Data.Curve} curve */
  const value = (curve) => curve.values[curve.budgets.indexOf(budget)];
  return {
    id: `at-${budget}`,
    label: `at ${budget}`,
    num: true,
    falling: true,
    value,
    cell: (curve) => fixed(value(curve)),
  };
}

/**
 * @param {Data.Curve[]} curves
 * @returns {Column<Data.Curve>}
 */
function areaColumn(curves) {
  const ends = known(curves.flatMap(({ area }) => [area.low, area.high]));
  /** @type {[number, number]} */
  const range = [Math.min(...ends), Math.max(...ends)];
  return {
    id: "area",
    label: "Area",
    num: true,
    falling: true,
    hint: "mean height of the curve, with its 95% interval",
    value: ({ area }) => area.value,
    cell: ({ area }) =>
      withBar(fixed(area.value), interval(area.low, area.high, fixed), intervalBar(area, range)),
    explain: ({ selector, area }) => ({
      title: `Area: ${fixed(area.value)} ${interval(area.low, area.high, fixed)}`,
      lead: selector,
      note: "Mean height of the curve between its smallest and largest budget, in points of the metric, with its 95% bootstrap interval.",
    }),
  };
}

/**
 * Below the smallest budget nothing is known.
 * @param {Data.Curve} curve
 * @param {number|null} share
 */
function matchEnd(curve, share) {
  if (share === null) return "not reached";
  return `${share <= curve.shares[0] ? "≤ " : ""}${percent(share, 1)}`;
}

/** @param {Data.Curve} curve */
function matchText(curve) {
  if (curve.reached === null) return NONE;
  const { value, low, high } = curve.match;
  const point = matchEnd(curve, value);
  return low === null ? point : `${point} [${matchEnd(curve, low)}, ${matchEnd(curve, high)}]`;
}

/**
 * @param {Data.Curve} curve
 * @returns {Explanation|null}
 */
function explainMatch(curve) {
  if (curve.reached === null) return null;
  return {
    title: `Budget that matches full data: ${matchText(curve)}`,
    lead: curve.selector,
    facts: [
      [
        "95% interval",
        `${matchEnd(curve, curve.match.low)} to ${matchEnd(curve, curve.match.high)}`,
        "“not reached”: not up to the largest budget of the curve",
      ],
      ["Reached in", percent(curve.reached), "of the bootstrap draws"],
    ],
    note: "Where the curve, drawn straight between budgets, first reaches the score of training on the whole pool.",
  };
}
