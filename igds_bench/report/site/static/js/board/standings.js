/* Standings over all models, tasks and budgets, and what remains when one task is left out. */

function rangeCell(value, low, high, show) {
  if (value === null) return NONE;
  return el(
    "span",
    { class: "withbar" },
    el(
      "span",
      {},
      el("b", {}, show(value)),
      low === high ? null : el("span", { class: "soft" }, ` ${show(low)}–${show(high)}`),
    ),
    intervalBar(value, low, high, [0, 1]),
  );
}

function buildStandings() {
  if (!DATA.standings.length) return null;
  const rows = DATA.standings.map(([s, rank, rankLow, rankHigh, win, winLow, winHigh, places]) => ({
    s,
    rank,
    rankLow,
    rankHigh,
    win,
    winLow,
    winHigh,
    places,
  }));
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
      `Over ${plural(most, "place")} (model × task × budget). Mean rank is scaled to 0 for first everywhere and 1 for last everywhere; win rate is the share of places above random. `,
      `${left} These are descriptions without a test: the verdicts above say what is shown.`,
    ),
    sortableTable({
      caption: "Selectors over all places where they ran",
      rows,
      rowClass: (row) => (row.s === "random" ? "random" : ""),
      columns: [
        { id: "selector", label: "Selector", head: true, value: (row) => row.s, cell: (row) => row.s },
        {
          id: "rank",
          label: "Mean rank",
          num: true,
          value: (row) => row.rank,
          cell: (row) => rangeCell(row.rank, row.rankLow, row.rankHigh, fixed),
          explain: (row) => ({
            title: `Mean rank ${fixed(row.rank)}`,
            lead: row.s,
            facts: [
              ["Range", `${fixed(row.rankLow)} to ${fixed(row.rankHigh)}`, "leaving one task out at a time"],
              ["Places", count(row.places), "where it ran"],
            ],
            note: "Mean of (rank − 1) / (selectors − 1), so that places with many and few selectors count alike.",
          }),
        },
        {
          id: "wins",
          label: "Above random",
          num: true,
          falling: true,
          value: (row) => row.win,
          cell: (row) => rangeCell(row.win, row.winLow, row.winHigh, percent),
          explain: (row) =>
            row.win === null
              ? null
              : {
                  title: `Above random at ${percent(row.win)} of its places`,
                  lead: row.s,
                  facts: [
                    [
                      "Range",
                      `${percent(row.winLow)} to ${percent(row.winHigh)}`,
                      "leaving one task out at a time",
                    ],
                    ["Places", count(row.places)],
                  ],
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
      ],
    }).root,
  ];
}
