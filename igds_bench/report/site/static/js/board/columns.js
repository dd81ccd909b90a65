/* The columns of the board. */

/**
 * How many tie letters a board uses at most.
 * @param {Entry[]} entries
 */
function mostLetters(entries) {
  const letters = entries.flatMap(({ row }) => [...(row.rank?.group ?? "")]);
  return Math.min(26, Math.max(0, ...letters.map((letter) => letter.charCodeAt(0) - 96)));
}

/**
 * Ends of the common line on which a set of rows' intervals are drawn.
 * @param {Entry[]} entries
 * @returns {[number, number]}
 */
function reachOf(entries) {
  const values = entries.flatMap(({ row: { verdict } }) =>
    verdict ? [verdict.low ?? verdict.difference, verdict.high ?? verdict.difference] : [],
  );
  const most = Math.max(1, ...values.map(Math.abs));
  return [-most, most];
}

/** @typedef {Column<Entry>} BoardColumn */

/**
 * @param {Entry[]} entries what is shown.
 * @param {string} metric the metric that is shown, or "" for every board's own.
 */
function boardColumns(entries, metric) {
  const boards = new Set(entries.map(({ board }) => board));
  return present([
    ...placeColumns(boards.size > 1),
    ...judgedColumns(entries, metric, boards),
    ...rankColumns(mostLetters(entries)),
    ...spentColumns(metric),
    DATA.browse.length > 0 && {
      id: "outputs",
      label: "Outputs",
      cell: compareLink,
    },
  ]);
}

/**
 * Which row it is.
 * @param {boolean} several whether rows of several boards are shown.
 * @returns {(BoardColumn|false)[]}
 */
function placeColumns(several) {
  return [
    several && {
      id: "task",
      label: "Task",
      value: ({ board }) => board.task,
      cell: ({ board }) => board.task,
    },
    SEVERAL_MODELS && {
      id: "model",
      label: "Model",
      value: ({ board }) => board.model,
      cell: ({ board }) => board.model,
    },
    {
      id: "selector",
      label: "Selector",
      head: true,
      value: ({ row }) => row.selector,
      cell: ({ row }) => [el("span", { class: "name" }, row.selector), badges(row)],
    },
    {
      id: "budget",
      label: "Budget",
      num: true,
      value: ({ row }) => row.share,
      cell: ({ row }) => budgetOf(row),
    },
  ];
}

/**
 * What it scored, and what is concluded.
 * @param {Entry[]} entries
 * @param {string} metric
 * @param {Set<Data.Board>} boards
 * @returns {BoardColumn[]}
 */
function judgedColumns(entries, metric, boards) {
  /** @param {Entry} entry */
  const summary = ({ row, board }) => row.metrics[metric || board.primary];
  const reach = reachOf(entries);
  return [
    {
      id: "verdict",
      label: "Verdict",
      value: ({ row: { verdict } }) => verdict && WORDS.indexOf(verdict.word),
      cell: ({ row: { verdict } }) => verdict && chip(verdict.word),
      explain: explainVerdict,
    },
    {
      id: "score",
      label: metric || (boards.size === 1 ? [...boards][0].primary : "score"),
      num: true,
      falling: true,
      hint: "mean ± standard deviation over seeds",
      value: (entry) => summary(entry)?.mean,
      cell: (entry) => scoreText(summary(entry)),
      explain: (entry) => explainScore(entry, metric || entry.board.primary),
    },
    {
      id: "difference",
      label: `${metric ? "Primary against" : "Against"} ${againstOf(boards)}`,
      num: true,
      falling: true,
      hint: "paired difference in the primary metric, with its 95% interval",
      value: ({ row }) => row.verdict?.difference,
      cell: ({ row, board }) => row.verdict && differenceCell(row.verdict, board, reach),
      explain: explainDifference,
    },
  ];
}

/**
 * How it stands among the others.
 * @param {number} letters
 * @returns {(BoardColumn|false)[]}
 */
function rankColumns(letters) {
  return [
    {
      id: "rank",
      label: "Rank",
      num: true,
      hint: "among the selectors at the same budget, with its 95% interval",
      value: ({ row }) => row.rank?.place,
      cell: ({ row: { rank } }) =>
        rank && [el("b", {}, rank.place), el("span", { class: "soft" }, ` ${rank.low}–${rank.high}`)],
      explain: explainRank,
    },
    letters > 0 && {
      id: "ties",
      label: "Ties",
      hint: "rows that share a letter can't be told apart",
      value: ({ row }) => row.rank?.group,
      cell: ({ row }) => row.rank && tieLetters(row.rank.group, letters),
      explain: explainRank,
    },
  ];
}

/**
 * What it was measured on, and what it cost.
 * @param {string} metric
 * @returns {BoardColumn[]}
 */
function spentColumns(metric) {
  return [
    {
      id: "n",
      label: "n",
      num: true,
      falling: true,
      hint: "cells: selection draws × training seeds",
      value: ({ row, board }) => row.metrics[metric || board.primary]?.n,
      cell: ({ row, board }) => count(row.metrics[metric || board.primary]?.n ?? 0),
      explain: explainSeeds,
    },
    {
      id: "features",
      label: "Δ features",
      num: true,
      falling: true,
      hint: "change of the task features' activation",
      value: ({ row }) => row.amplification?.change,
      cell: ({ row }) => row.amplification && signed(row.amplification.change),
      explain: explainAmplification,
    },
    {
      id: "tokens",
      label: "Tokens",
      num: true,
      falling: true,
      hint: "training tokens",
      value: ({ row }) => row.tokens,
      cell: ({ row }) => (row.tokens === null ? null : count(row.tokens)),
      explain: explainTokens,
    },
    {
      id: "compute",
      label: "FLOPs",
      num: true,
      falling: true,
      hint: "selection and training",
      value: ({ row }) => (row.reference === "untuned" ? null : totalFlops(row)),
      cell: ({ row }) => (row.reference === "untuned" ? null : flops(totalFlops(row))),
      explain: explainCompute,
    },
  ];
}
