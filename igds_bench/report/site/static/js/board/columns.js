/* The columns of the board. */

/** Marks beside a selector's name. */
function badges(row) {
  const marks = [];
  if (row.kind === "control") marks.push(["control", "shows what others are worth; judged, not ranked"]);
  else if (row.matched) marks.push(["matched", `random, matched to ${row.of} by ${row.matched}`]);
  if (row.kind === "reference") marks.push(["reference", "no contender: shown to read the others by"]);
  if (row.beyond) marks.push(["beyond supply", "asks for more than the pool's clean source holds"]);
  return marks.map(([text, why]) => el("span", { class: "badge", title: why }, text));
}

/** Tie letters in fixed places, so that groups line up as columns do. */
function tieLetters(letters, most) {
  const slots = "abcdefghijklmnopqrstuvwxyz".slice(0, most);
  return el(
    "span",
    { class: "ties", "aria-label": `tie groups ${letters}` },
    [...slots].map((letter) =>
      el("i", { "aria-hidden": "true", class: letters.includes(letter) ? "on" : null }, letter),
    ),
  );
}

/** Where a row's outputs can be read beside random's, or null. */
function compareLink({ board, row }) {
  const kept = DATA.browse.find((one) => one.at === board.id);
  const own = board.rows.indexOf(row);
  const random = board.rows.findIndex((one) => one.s === "random" && one.b === row.b);
  const other = random >= 0 && random !== own ? random : board.rows.findIndex((one) => one.s === "base");
  if (!kept || other === own || ![own, other].every((at) => String(at) in kept.rows)) return null;
  const query = new URLSearchParams({ at: board.id, a: own, b: other });
  const name = `Outputs of ${row.s} at ${budgetOf(row)} beside those of ${board.rows[other].s}`;
  return el("a", { href: `#browse?${query}`, "aria-label": name, title: name }, "read");
}

/** How many tie letters a board uses at most. */
function mostLetters(entries) {
  const letters = entries.flatMap(({ row }) => (row.r ? [...row.r[3]] : []));
  return Math.min(26, Math.max(0, ...letters.map((letter) => letter.charCodeAt(0) - 96)));
}

/** Ends of the common line on which a set of rows' intervals are drawn. */
function reachOf(entries) {
  const values = entries.flatMap(({ row }) => (row.v ? [row.v.lo ?? row.v.d, row.v.hi ?? row.v.d] : []));
  const most = Math.max(1, ...values.map(Math.abs));
  return [-most, most];
}

/**
 * @param {Entry[]} entries what is shown.
 * @param {string} metric the metric that is shown, or "" for every board's own.
 * @returns {Column[]}
 */
function boardColumns(entries, metric) {
  const boards = new Set(entries.map(({ board }) => board));
  const name = (board) => metric || board.primary;
  const scored = metric || (boards.size === 1 ? [...boards][0].primary : "score");
  const reach = reachOf(entries);
  const letters = mostLetters(entries);
  const of = (pick) => (entry) => pick(entry.row, entry.board) ?? null;
  const columns = [
    boards.size > 1 && {
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
      value: of((row) => row.s),
      cell: ({ row }) => [el("span", { class: "name" }, row.s), badges(row)],
    },
    {
      id: "budget",
      label: "Budget",
      num: true,
      value: of((row) => row.share),
      cell: ({ row }) => budgetOf(row),
    },
    {
      id: "verdict",
      label: "Verdict",
      value: of((row) => (row.v ? WORDS.indexOf(row.v.w) : null)),
      cell: ({ row }) => (row.v ? chip(row.v.w) : ""),
      explain: explainVerdict,
    },
    {
      id: "score",
      label: scored,
      num: true,
      falling: true,
      hint: "mean ± standard deviation over seeds",
      value: of((row, board) => row.m[name(board)]?.[0]),
      cell: ({ row, board }) => scoreText(row.m[name(board)]),
      explain: (entry) => explainScore(entry, name(entry.board)),
    },
    {
      id: "difference",
      label: metric ? "Primary against random" : "Against random",
      num: true,
      falling: true,
      hint: "paired difference in the primary metric, with its 95% interval",
      value: of((row) => row.v?.d),
      cell: ({ row, board }) => (row.v ? differenceCell(row, board, reach) : ""),
      explain: explainDifference,
    },
    {
      id: "rank",
      label: "Rank",
      num: true,
      hint: "among the selectors at the same budget, with its 95% interval",
      value: of((row) => row.r?.[0]),
      cell: ({ row }) =>
        row.r ? [el("b", {}, row.r[0]), el("span", { class: "soft" }, ` ${row.r[1]}–${row.r[2]}`)] : "",
      explain: explainRank,
    },
    letters && {
      id: "ties",
      label: "Ties",
      hint: "rows that share a letter can't be told apart",
      value: of((row) => row.r?.[3]),
      cell: ({ row }) => (row.r ? tieLetters(row.r[3], letters) : ""),
      explain: explainRank,
    },
    {
      id: "n",
      label: "n",
      num: true,
      falling: true,
      hint: "cells: selection draws × training seeds",
      value: of((row, board) => row.m[name(board)]?.[2]),
      cell: ({ row, board }) => count(row.m[name(board)]?.[2] ?? 0),
      explain: explainSeeds,
    },
    {
      id: "features",
      label: "Δ features",
      num: true,
      falling: true,
      hint: "change of the task features' activation",
      value: of((row) => row.amp?.[0]),
      cell: ({ row }) => (row.amp ? signed(row.amp[0]) : ""),
      explain: explainAmplification,
    },
    {
      id: "tokens",
      label: "Tokens",
      num: true,
      falling: true,
      hint: "training tokens",
      value: of((row) => row.tokens),
      cell: ({ row }) => (row.tokens === null ? "" : count(row.tokens)),
      explain: explainTokens,
    },
    {
      id: "compute",
      label: "FLOPs",
      num: true,
      falling: true,
      hint: "selection and training",
      value: of((row) => (row.s === "base" ? null : row.flops[0] + row.flops[1])),
      cell: ({ row }) => (row.s === "base" ? "" : flops(row.flops[0] + row.flops[1])),
      explain: explainCompute,
    },
    DATA.browse.length && { id: "outputs", label: "Outputs", plain: true, cell: compareLink },
  ];
  return columns.filter(Boolean);
}

function scoreText(found) {
  if (!found) return NONE;
  return [fixed(found[0]), found[1] === null ? null : el("span", { class: "soft" }, ` ± ${fixed(found[1])}`)];
}

function differenceCell(row, board, reach) {
  const { d, lo, hi, w } = row.v;
  return el(
    "span",
    { class: "withbar" },
    el("span", {}, el("b", {}, signed(d)), el("span", { class: "soft" }, ` ${interval(lo, hi)}`)),
    intervalBar(d, lo, hi, reach, board.margin || 0, w),
  );
}
