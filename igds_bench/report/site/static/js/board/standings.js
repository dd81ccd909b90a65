/* Standings over all models, tasks and budgets, and what remains when one task is left out. */

/**
 * `0.20–0.40`
 * @param {Data.Estimate} found
 * @param {(value: Maybe) => string} show
 */
function rangeText({ low, high }, show) {
  return `${show(low)}–${show(high)}`;
}

/**
 * @param {Data.Estimate} found
 * @param {(value: Maybe) => string} show
 */
function rangeCell(found, show) {
  if (found.value === null) return NONE;
  const range = found.low === found.high ? "" : rangeText(found, show);
  return withBar(show(found.value), range, intervalBar(found, [0, 1]));
}

/**
 * @param {Data.Estimate} found
 * @param {(value: Maybe) => string} show
 * @returns {Fact}
 */
function rangeFact({ low, high }, show) {
  return ["Range", `${show(low)} to ${show(high)}`, "leaving one task out at a time"];
}

/** @type {Column<Data.Standing>[]} */
const STANDING_COLUMNS = [
  nameColumn((row) => row.selector),
  {
    id: "rank",
    label: "Mean rank",
    num: true,
    value: (row) => row.rank.value,
    cell: (row) => rangeCell(row.rank, fixed),
    explain: (row) => ({
      title: `Mean rank ${fixed(row.rank.value)}`,
      lead: row.selector,
      facts: [rangeFact(row.rank, fixed), ["Places", count(row.places), "where it ran"]],
      note: "Mean of (rank − 1) / (selectors − 1), so that places with many and few selectors count alike.",
    }),
  },
  {
    id: "wins",
    label: `Above ${DATA.against}`,
    num: true,
    falling: true,
    value: (row) => row.wins.value,
    cell: (row) => rangeCell(row.wins, percent),
    explain: (row) =>
      row.wins.value === null
        ? null
        : {
            title: `Above ${DATA.against} at ${percent(row.wins.value)} of its places`,
            lead: row.selector,
            facts: [rangeFact(row.wins, percent), ["Places", count(row.places)]],
            note: "By the means alone; equal means count half.",
          },
  },
  {
    id: "places",
    label: "Places",
    num: true,
    falling: true,
    value: (row) => row.places,
    cell: (row) => count(row.places),
  },
];

function buildStandings() {
  const rows = DATA.standings;
  if (!rows.length) return null;
  const tasks = new Set(DATA.boards.map((board) => board.task)).size;
  const left =
    tasks > 1
      ? "Range: least and largest value when one task is left out."
      : "There is one task only, so none can be left out.";
  const most = Math.max(...rows.map((row) => row.places));
  return [
    el(
      "p",
      { class: "prose" },
      `Over ${plural(most, "place")} (model × task × budget). Mean rank is scaled to 0 for first everywhere and 1 for last everywhere; win rate is the share of places above ${DATA.against}. `,
      `${left} These are descriptions without a test: the verdicts above say what is shown.`,
    ),
    sortableTable({
      caption: "Selectors over all places where they ran",
      rows,
      rowClass: (row) => (BASELINES.has(row.selector) ? "baseline" : ""),
      columns: STANDING_COLUMNS,
    }).root,
  ];
}
