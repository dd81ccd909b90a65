/* The verdict in words, before any table: who beats random, who doesn't, and what can't be told. */

const WORDS = ["better", "worse", "tied", "undecided", "no verdict"];

/** Rows of a board with a verdict, at one budget or at all; controls are judged but not counted. */
function judgedRows(board, budget = null) {
  return board.rows.filter(
    (row) => row.v && row.kind === "contender" && (budget === null || row.b === budget),
  );
}

function countWords(rows) {
  return Object.fromEntries(WORDS.map((word) => [word, rows.filter((row) => row.v.w === word).length]));
}

/** One sentence about everything. */
function overall(counts, total) {
  const parts = WORDS.filter((word) => counts[word] || word === "better").map(
    (word) => `${count(counts[word])} ${word === "no verdict" ? "without a verdict" : word}`,
  );
  return `${plural(total, "comparison")} with random: ${parts.join(", ")}.`;
}

function wordBar(counts, total) {
  return el(
    "div",
    { class: "wordbar", "aria-hidden": "true" },
    WORDS.filter((word) => counts[word]).map((word) =>
      el("i", { class: word.replace(" ", "-"), css: { "flex-grow": counts[word] / total } }),
    ),
  );
}

/** Names of rows with their differences; each opens its row of the board. */
function named(board, rows) {
  const sign = board.higher ? -1 : 1;
  return rows
    .sort((a, b) => sign * (a.v.d - b.v.d))
    .map((row, i) => [
      i ? " · " : null,
      el(
        "a",
        {
          class: "named",
          href: `#board?${new URLSearchParams({ task: board.task, model: board.model, budget: row.b, q: row.s })}`,
        },
        el("b", {}, row.s),
        el("span", { class: "nowrap" }, ` ${signed(row.v.d, 1)}`),
        " ",
        el(
          "span",
          { class: "nowrap" },
          interval(row.v.lo, row.v.hi, (x) => signed(x, 1)),
        ),
      ),
    ]);
}

function budgetVerdict(board, budget) {
  const rows = judgedRows(board, budget);
  const of = (word) => rows.filter((row) => row.v.w === word);
  const sign = board.higher ? 1 : -1;
  const parts = [];
  const random = board.rows.some((row) => row.s === "random" && row.b === budget);
  if (!random) parts.push(el("p", {}, "No random row to compare with."));
  else if (!rows.length) parts.push(el("p", {}, "No selector besides random."));
  else if (of("better").length) parts.push(el("p", {}, chip("better"), " ", named(board, of("better"))));
  else {
    const known = rows.filter((row) => row.v.lo !== null);
    const nearest = [...(known.length ? known : rows)].sort((a, b) => sign * (b.v.d - a.v.d)).slice(0, 1);
    parts.push(
      el(
        "p",
        {},
        el("span", { class: "nothing" }, "Nothing is shown to be better than random."),
        " Nearest: ",
        named(board, nearest),
      ),
    );
  }
  for (const word of ["worse", "tied"]) {
    if (of(word).length) parts.push(el("p", {}, chip(word), " ", named(board, of(word))));
  }
  const open = of("undecided").length;
  if (open) {
    const label =
      open === rows.length && open > 1
        ? `all ${open} selectors`
        : `${open} of ${plural(rows.length, "selector")}`;
    parts.push(el("p", {}, chip("undecided"), ` ${label}`));
  }
  const few = of("no verdict");
  if (few.length)
    parts.push(
      el("p", {}, chip("no verdict"), ` ${noVerdict(few)}: ${few.map((row) => row.s).join(", ")}`),
    );
  return el("div", { class: "at-budget" }, el("h4", {}, budget), el("div", {}, parts));
}

/** Why rows have no verdict. */
function noVerdict(rows) {
  return rows.every((row) => Math.min(...row.v.u) < 3) ? "too few seeds" : "too few seeds, or none that vary";
}

function boardVerdict(board) {
  const rows = judgedRows(board);
  const counts = countWords(rows);
  return el(
    "article",
    { class: "card verdict" },
    el(
      "header",
      {},
      el("h3", {}, boardName(board)),
      el("p", { class: "soft" }, `${board.primary}, ${board.higher ? "higher" : "lower"} is better`),
    ),
    wordBar(counts, rows.length),
    board.budgets.map((budget) => budgetVerdict(board, budget)),
    board.power ? el("p", { class: "power" }, ticked(board.power)) : null,
  );
}

/** Selectors that a word holds for somewhere, with how many of their places. */
function somewhere(word) {
  const found = new Map();
  for (const row of DATA.boards.flatMap((board) => judgedRows(board))) {
    const [hits, places] = found.get(row.s) || [0, 0];
    found.set(row.s, [hits + (row.v.w === word), places + 1]);
  }
  return [...found]
    .filter(([, [hits]]) => hits)
    .sort(([, a], [, b]) => b[0] / b[1] - a[0] / a[1] || b[0] - a[0])
    .map(([name, [hits, places]]) => ({ name, hits, places }));
}

/** Who wins, over everything: the sentence that a reader takes home. */
function takeHome() {
  const winners = somewhere("better");
  if (!winners.length)
    return el("p", { class: "home" }, "No selector is shown to be better than random anywhere.");
  const everywhere = winners.filter((one) => one.hits === one.places);
  return el(
    "p",
    { class: "home" },
    "Better than random: ",
    winners.map((one, i) => [
      i ? ", " : null,
      el("b", {}, one.name),
      ` at ${one.hits} of ${plural(one.places, "place")}`,
    ]),
    everywhere.length ? "." : ". No selector is better everywhere it ran.",
    el("span", { class: "soft" }, " A place is one model, task and budget."),
  );
}

function buildVerdict() {
  const all = DATA.boards.flatMap((board) => judgedRows(board));
  const counts = countWords(all);
  return [
    all.length
      ? el("p", { class: "lead" }, overall(counts, all.length))
      : el("p", { class: "lead" }, "No row has a verdict yet."),
    all.length ? takeHome() : null,
    el(
      "p",
      { class: "prose" },
      "Each selector is compared with random draws of the same size on the same test examples, over all seeds of both. ",
      "“Better” and “worse” hold after Holm's correction over all selectors and budgets of a task; “tied” means shown to be within the margin; ",
      "“undecided” means that these data can't tell. Intervals are 95% for one comparison, not corrected, so one of them can exclude 0 under the word “undecided”. Controls are judged too, and counted in no sentence.",
    ),
    el("div", { class: "cards" }, DATA.boards.map(boardVerdict)),
  ].filter(Boolean);
}
