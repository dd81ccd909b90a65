/* The verdict in words, before any table: who beats the baseline, who doesn't, and what can't be told. */

const WORDS = ["better", "worse", "tied", "undecided", "no verdict"];

/** @typedef {Data.Row & {verdict: Data.Verdict}} Judged a row with a verdict. */

/**
 * Rows of a board with a verdict, at one budget or at all; controls are judged but not counted.
 * @param {Data.Board} board
 * @param {string|null} budget
 * @returns {Judged[]}
 */
function judgedRows(board, budget = null) {
  return board.rows.flatMap((row) =>
    row.verdict && isRanked(row) && (budget === null || row.budget === budget)
      ? [{ ...row, verdict: row.verdict }]
      : [],
  );
}

/** @param {Judged[]} rows */
function countWords(rows) {
  return Object.fromEntries(
    WORDS.map((word) => [word, rows.filter(({ verdict }) => verdict.word === word).length]),
  );
}

/**
 * One sentence about everything.
 * @param {Record<string, number>} counts
 * @param {number} total
 */
function overall(counts, total) {
  const parts = WORDS.filter((word) => counts[word] || word === "better").map(
    (word) => `${count(counts[word])} ${word === "no verdict" ? "without a verdict" : word}`,
  );
  return `${plural(total, "comparison")} with ${DATA.against}: ${parts.join(", ")}.`;
}

/**
 * @param {Record<string, number>} counts
 * @param {number} total
 */
function wordBar(counts, total) {
  return el(
    "div",
    { class: "wordbar", "aria-hidden": "true" },
    WORDS.filter((word) => counts[word]).map((word) =>
      el("i", {
        class: word.replace(" ", "-"),
        css: { "flex-grow": counts[word] / total },
      }),
    ),
  );
}

/**
 * Rows by their difference to the baseline, the best first.
 * @param {Data.Board} board
 * @param {Judged[]} rows
 */
function bestFirst(board, rows) {
  const sign = board.higher_is_better ? -1 : 1;
  return [...rows].sort((a, b) => sign * (a.verdict.difference - b.verdict.difference));
}

/**
 * Names of rows with their differences; each opens its row of the board.
 * @param {Data.Board} board
 * @param {Judged[]} rows
 */
function named(board, rows) {
  return bestFirst(board, rows).map(({ selector, budget, verdict }, i) => {
    const { task, model } = board;
    const query = new URLSearchParams({
      task,
      model,
      budget: budget ?? "",
      q: selector,
    });
    return [
      i ? " · " : null,
      el(
        "a",
        { class: "named", href: `#board?${query}` },
        el("b", {}, selector),
        el("span", { class: "nowrap" }, ` ${signed(verdict.difference, 1)}`),
        " ",
        el(
          "span",
          { class: "nowrap" },
          interval(verdict.low, verdict.high, (x) => signed(x, 1)),
        ),
      ),
    ];
  });
}

/**
 * Who is better at a budget, or that nobody is.
 * @param {Data.Board} board
 * @param {string} budget
 * @param {Judged[]} rows
 */
function bestText(board, budget, rows) {
  if (baselineAt(board, budget) < 0) return `No ${board.baseline || "baseline"} row to compare with.`;
  if (!rows.length) return `No selector besides ${board.against}.`;
  const better = rows.filter(({ verdict }) => verdict.word === "better");
  if (better.length) return [chip("better"), " ", named(board, better)];
  const sure = rows.filter(({ verdict }) => verdict.low !== null);
  const nearest = bestFirst(board, sure.length ? sure : rows).slice(0, 1);
  return [
    el("span", { class: "nothing" }, `Nothing is shown to be better than ${board.against}.`),
    " Nearest: ",
    named(board, nearest),
  ];
}

/**
 * @param {Data.Board} board
 * @param {string} budget
 */
function budgetVerdict(board, budget) {
  const rows = judgedRows(board, budget);
  /** @param {string} word */
  const of = (word) => rows.filter(({ verdict }) => verdict.word === word);
  const open = of("undecided").length;
  const few = of("no verdict");
  const all = open === rows.length && open > 1;
  const told = all ? `all ${open} selectors` : `${open} of ${plural(rows.length, "selector")}`;
  return el(
    "div",
    { class: "at-budget" },
    el("h4", {}, budget),
    el(
      "div",
      {},
      el("p", {}, bestText(board, budget, rows)),
      ["worse", "tied"].map((word) =>
        of(word).length ? el("p", {}, chip(word), " ", named(board, of(word))) : null,
      ),
      open ? el("p", {}, chip("undecided"), ` ${told}`) : null,
      few.length
        ? el(
            "p",
            {},
            chip("no verdict"),
            ` ${noVerdict(few)}: ${few.map(({ selector }) => selector).join(", ")}`,
          )
        : null,
    ),
  );
}

/**
 * Whether a row or its baseline has too few seeds for an interval.
 * @param {Data.Verdict} verdict
 */
function isFew(verdict) {
  return Math.min(verdict.units, verdict.baseline_units) < 3;
}

/**
 * Why rows have no verdict.
 * @param {Judged[]} rows
 */
function noVerdict(rows) {
  return rows.every(({ verdict }) => isFew(verdict)) ? "too few seeds" : "too few seeds, or none that vary";
}

/** @param {Data.Board} board */
function boardVerdict(board) {
  const rows = judgedRows(board);
  return el(
    "article",
    { class: "card verdict" },
    el(
      "header",
      {},
      el("h3", {}, boardName(board)),
      el(
        "p",
        { class: "soft" },
        `${board.primary}, ${board.higher_is_better ? "higher" : "lower"} is better`,
      ),
    ),
    wordBar(countWords(rows), rows.length),
    board.budgets.map((budget) => budgetVerdict(board, budget)),
    board.underpowered ? el("p", { class: "power" }, ticked(board.underpowered)) : null,
  );
}

/** Selectors that are better somewhere, with how many of their places. */
function winners() {
  /** @type {Map<string, {name: string, hits: number, places: number}>} */
  const found = new Map();
  for (const { selector, verdict } of DATA.boards.flatMap((board) => judgedRows(board))) {
    const one = found.get(selector) || { name: selector, hits: 0, places: 0 };
    one.hits += verdict.word === "better" ? 1 : 0;
    one.places += 1;
    found.set(selector, one);
  }
  return [...found.values()]
    .filter(({ hits }) => hits)
    .sort((a, b) => b.hits / b.places - a.hits / a.places || b.hits - a.hits);
}

/** Who wins, over everything: the sentence that a reader takes home. */
function takeHome() {
  const found = winners();
  if (!found.length)
    return el("p", { class: "home" }, `No selector is shown to be better than ${DATA.against} anywhere.`);
  const everywhere = found.some((one) => one.hits === one.places);
  return el(
    "p",
    { class: "home" },
    `Better than ${DATA.against}: `,
    found.map((one, i) => [
      i ? ", " : null,
      el("b", {}, one.name),
      ` at ${one.hits} of ${plural(one.places, "place")}`,
    ]),
    everywhere ? "." : ". No selector is better everywhere it ran.",
    el("span", { class: "soft" }, " A place is one model, task and budget."),
  );
}

function buildVerdict() {
  const all = DATA.boards.flatMap((board) => judgedRows(board));
  return [
    all.length
      ? el("p", { class: "lead" }, overall(countWords(all), all.length))
      : el("p", { class: "lead" }, "No row has a verdict yet."),
    all.length ? takeHome() : null,
    el(
      "p",
      { class: "prose" },
      `Each selector is compared with ${DATA.baseline_draws} of the same size on the same test examples, over all seeds of both. `,
      "“Better” and “worse” hold after Holm's correction over all selectors and budgets of a task; “tied” means shown to be within the margin; ",
      "“undecided” means that these data can't tell. Intervals are 95% for one comparison, not corrected, so one of them can exclude 0 under the word “undecided”. Controls are judged too, and counted in no sentence.",
    ),
    el("div", { class: "cards" }, DATA.boards.map(boardVerdict)),
  ];
}
