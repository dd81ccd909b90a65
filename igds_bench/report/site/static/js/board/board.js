/* The board: one table, its filters, and a link to what they show. */

const ALL = "all";

function boardOptions(values, all) {
  return [...(values.length > 1 ? [[ALL, all]] : []), ...values.map((value) => [value, value])];
}

function buildBoard() {
  const tasks = [...new Set(DATA.boards.map((board) => board.task))];
  const models = [...new Set(DATA.boards.map((board) => board.model))];
  const budgets = [...new Set(DATA.boards.flatMap((board) => board.budgets))];
  const metrics = [...new Set(DATA.boards.flatMap((board) => board.metrics.map((one) => one.name)))];
  const defaults = {
    task: tasks[0] ?? ALL,
    model: ALL,
    budget: ALL,
    q: "",
    metric: "",
    word: ALL,
    controls: "1",
    sort: "",
  };
  const view = viewOf("board", defaults, () => draw());
  const set = (key) => (value) => view.set({ [key]: value });

  const controls = {
    task: selectBox("Task", boardOptions(tasks, "All tasks"), view.get("task"), set("task")),
    model: selectBox("Model", boardOptions(models, "All models"), view.get("model"), set("model")),
    budget: selectBox("Budget", boardOptions(budgets, "All budgets"), view.get("budget"), set("budget")),
    metric: selectBox(
      "Metric",
      [["", "Primary"], ...metrics.map((name) => [name, name])],
      view.get("metric"),
      set("metric"),
    ),
    word: selectBox(
      "Verdict",
      [[ALL, "All verdicts"], ...WORDS.map((word) => [word, word])],
      view.get("word"),
      set("word"),
    ),
    q: searchBox("Selector", "part of a name", view.get("q"), set("q")),
  };
  const switched = switchBox("Controls", view.get("controls") === "1", (on) =>
    view.set({ controls: on ? "1" : "0" }),
  );
  const reset = el("button", { type: "button", class: "quiet", on: { click: () => view.clear() } }, "Reset");
  const shown = el("p", { class: "shown soft", role: "status" });

  const table = sortableTable({
    caption: "The board: every selector and budget",
    columns: [],
    rows: [],
    sort: view.get("sort"),
    sorted: (sort) => view.set({ sort }),
    rowClass: (entry, before) => rowClass(entry, before),
  });
  table.root.classList.add("board-table");
  markKin(table);

  function draw() {
    for (const [key, control] of Object.entries(controls)) {
      if (control.box.value !== view.get(key)) control.box.value = view.get(key);
    }
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
      "Letters under “Ties” join rows that can't be told apart; the bar beside a difference is its 95% interval, the line is random, the shaded strip the margin for “tied”.",
    ),
    el(
      "div",
      { class: "bar filters", role: "search", "aria-label": "Filters of the board" },
      tasks.length > 1 ? controls.task.root : null,
      models.length > 1 ? controls.model.root : null,
      budgets.length > 1 ? controls.budget.root : null,
      controls.q.root,
      controls.word.root,
      metrics.length > 1 ? controls.metric.root : null,
      switched.root,
      el(
        "div",
        { class: "bar-end" },
        reset,
        copyButton("Copy link", () => view.link()),
      ),
    ),
    shown,
    table.root,
  ];
}

/** @returns {Entry[]} the rows that pass the filters. */
function chosenEntries(view) {
  const is = (key, value) => view.get(key) === ALL || view.get(key) === value;
  const part = view.get("q").trim().toLowerCase();
  return DATA.boards
    .filter((board) => is("task", board.task) && is("model", board.model))
    .flatMap((board) => board.rows.map((row) => ({ board, row })))
    .filter(({ row }) => is("budget", row.b) || (row.b === null && !part && view.get("word") === ALL))
    .filter(({ row }) => is("word", row.v?.w))
    .filter(({ row }) => !part || row.s.toLowerCase().includes(part))
    .filter(({ row }) => view.get("controls") === "1" || row.kind !== "control");
}

/** Controls and references are muted; a new budget or task begins with a line. */
function rowClass({ board, row }, before) {
  const begins = before && (before.board !== board || before.row.b !== row.b);
  return [row.kind, row.s === "random" ? "random" : "", begins ? "begins" : ""].filter(Boolean).join(" ");
}

/** While a rank is looked at, show the rows that can't be told apart from it. */
function markKin(table) {
  const mark = (event) => {
    const button = event.target.closest?.(".col-rank button, .col-ties button");
    for (const row of table.body.querySelectorAll("tr.kin")) row.classList.remove("kin");
    const entry = button && table.rowOf(button);
    if (!entry) return;
    const kin = new Set([entry.row, ...kinOf(entry)]);
    for (const other of table.body.querySelectorAll(".col-rank button")) {
      if (kin.has(table.rowOf(other)?.row)) other.closest("tr").classList.add("kin");
    }
  };
  for (const kind of ["mouseover", "focusin"]) table.body.addEventListener(kind, mark);
  table.body.addEventListener("mouseleave", mark);
}
