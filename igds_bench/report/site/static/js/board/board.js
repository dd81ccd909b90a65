/* The board: one table, its filters, and a link to what they show. */

const ALL = "all";

/** What the filters are at first; the first task alone is shown. */
const BOARD_VIEW = {
  task: DATA.boards[0]?.task ?? ALL,
  model: ALL,
  budget: ALL,
  q: "",
  metric: "",
  word: ALL,
  controls: "1",
  sort: "",
};

/**
 * The filters of the board; those with nothing to choose from are not shown.
 * @param {View} view
 */
function boardFilters(view) {
  /** @param {(board: Data.Board) => string[]} pick */
  const distinct = (pick) => [...new Set(DATA.boards.flatMap(pick))];
  /** @type {(key: string, label: string, all: Option, values: string[]) => {key: string, shown: boolean, box: {root: HTMLElement, set: (now: string) => void}}} */
  const choice = (key, label, all, values) => {
    /** @type {Option[]} */
    const options = values.map((value) => [value, value]);
    const set = (/** @type {string} */ value) => view.set({ [key]: value });
    const shown = values.length > 1;
    return {
      key,
      shown,
      box: selectBox(label, shown ? [all, ...options] : options, view.get(key), set),
    };
  };
  return [
    choice(
      "task",
      "Task",
      [ALL, "All tasks"],
      distinct((board) => [board.task]),
    ),
    choice(
      "model",
      "Model",
      [ALL, "All models"],
      distinct((board) => [board.model]),
    ),
    choice(
      "budget",
      "Budget",
      [ALL, "All budgets"],
      distinct((board) => board.budgets),
    ),
    {
      key: "q",
      shown: true,
      box: searchBox("Selector", "part of a name", view.get("q"), (q) => view.set({ q })),
    },
    choice("word", "Verdict", [ALL, "All verdicts"], WORDS),
    choice(
      "metric",
      "Metric",
      ["", "Primary"],
      distinct((board) => board.metrics.map((one) => one.name)),
    ),
  ];
}

function buildBoard() {
  const view = viewOf("board", BOARD_VIEW, () => draw());
  const filters = boardFilters(view);
  const switched = switchBox("Controls", view.get("controls") === "1", (on) =>
    view.set({ controls: on ? "1" : "0" }),
  );
  const reset = el("button", { type: "button", class: "quiet", on: { click: () => view.clear() } }, "Reset");
  const shown = el("p", { class: "shown soft", role: "status" });
  const table = sortableTable({
    caption: "The board: every selector and budget",
    columns: /** @type {BoardColumn[]} */ ([]),
    rows: [],
    sort: view.get("sort"),
    sorted: (sort) => view.set({ sort }),
    rowClass,
  });
  table.root.classList.add("board-table");
  markKin(table);

  function draw() {
    for (const { key, box } of filters) box.set(view.get(key));
    switched.box.checked = view.get("controls") === "1";
    reset.disabled = view.isDefault();
    const entries = chosenEntries(view);
    const columns = boardColumns(entries, view.get("metric"));
    table.set({ rows: entries, columns, sort: view.get("sort") });
    const total = DATA.boards.reduce((sum, board) => sum + board.rows.length, 0);
    shown.textContent = entries.length
      ? `${entries.length} of ${plural(total, "row")}`
      : "No row matches these filters.";
  }
  draw();
  return [
    el(
      "p",
      { class: "prose" },
      "Hover over, tap or focus any number to read what it is. ",
      el(
        "span",
        { class: "keys" },
        "With the keyboard, Tab enters the table and arrow keys move between numbers. ",
      ),
      "Letters under “Ties” join rows that can't be told apart; the bar beside a difference is its 95% interval, ",
      `the line is ${DATA.against}, the shaded strip the margin for “tied”.`,
    ),
    el(
      "div",
      {
        class: "bar filters",
        role: "search",
        "aria-label": "Filters of the board",
      },
      filters.map((filter) => (filter.shown ? filter.box.root : null)),
      switched.root,
      el("div", { class: "bar-end" }, reset, copyButton("Copy link", view.link)),
    ),
    shown,
    table.root,
  ];
}

/**
 * The rows that pass the filters.
 * @param {View} view
 * @returns {Entry[]}
 */
function chosenEntries(view) {
  /** @type {(key: string, value: string|null|undefined) => boolean} */
  const is = (key, value) => view.get(key) === ALL || view.get(key) === value;
  const part = view.get("q").trim().toLowerCase();
  return DATA.boards
    .filter((board) => is("task", board.task) && is("model", board.model))
    .flatMap((board) => board.rows.map((row) => ({ board, row })))
    .filter(
      ({ row }) => is("budget", row.budget) || (row.budget === null && !part && view.get("word") === ALL),
    )
    .filter(({ row }) => is("word", row.verdict?.word))
    .filter(({ row }) => !part || row.selector.toLowerCase().includes(part))
    .filter(({ row }) => view.get("controls") === "1" || isRanked(row) || row.role === "reference");
}

/**
 * Controls and references are muted; a new budget or task begins with a line.
 * @param {Entry} entry
 * @param {Entry|null} before
 */
function rowClass({ board, row }, before) {
  const begins = before && (before.board !== board || before.row.budget !== row.budget);
  return present([partOf(board, row), begins && "begins"]).join(" ");
}

/**
 * While a rank is looked at, show the rows that can't be told apart from it.
 * @param {{body: HTMLElement, rowOf: (button: HTMLElement) => Entry|undefined}} table
 */
function markKin({ body, rowOf }) {
  /** @param {Event} event */
  const mark = (event) => {
    for (const row of body.querySelectorAll("tr.kin")) row.classList.remove("kin");
    const button = targetOf(event, ".col-rank button, .col-ties button");
    const entry = button && rowOf(button);
    if (!entry) return;
    const kin = new Set([entry.row, ...kinOf(entry)]);
    /** @type {NodeListOf<HTMLElement>} */
    const ranks = body.querySelectorAll(".col-rank button");
    for (const other of ranks) {
      const own = rowOf(other);
      if (own && kin.has(own.row)) other.closest("tr")?.classList.add("kin");
    }
  };
  for (const kind of ["mouseover", "focusin"]) body.addEventListener(kind, mark);
  body.addEventListener("mouseleave", mark);
}
