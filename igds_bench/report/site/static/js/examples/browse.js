/* The example browser: any two rows side by side, on the test examples that tell them apart. */

const BROWSE_VIEW = {
  at: DATA.browse[0]?.board ?? "",
  a: "",
  b: "",
  show: "differ",
  metric: "",
  marks: "other",
  q: "",
  page: "1",
};

/**
 * What the view shows: rows are places in their board.
 * @typedef {{kept: Data.Browse, board: Data.Board, a: string, b: string, metric: Data.Metric}} Compared
 */

/**
 * @param {Data.Board} board
 * @param {string} at
 */
function outputName(board, at) {
  const { selector, budget } = board.rows[Number(at)];
  return budget ? `${selector} · ${budget}` : selector;
}

/**
 * Rows to begin with: the best contender at the largest shared budget, against the baseline there.
 * @param {Data.Board} board
 * @param {string[]} rows
 */
function firstPair(board, rows) {
  for (const budget of [...board.budgets].reverse()) {
    const baseline = rows.find((at) => Number(at) === baselineAt(board, budget));
    const best = rows.find((at) => {
      const row = board.rows[Number(at)];
      return partOf(board, row) === "contender" && row.budget === budget && row.verdict !== null;
    });
    if (baseline && best) return { a: best, b: baseline };
  }
  return { a: rows[0], b: rows[rows.length - 1] };
}

/**
 * What a view names, or else where it begins.
 * @param {View} view
 * @returns {Compared}
 */
function comparedRows(view) {
  const kept = DATA.browse.find((one) => one.board === view.get("at")) ?? DATA.browse[0];
  const board = boardOf(kept.board);
  const rows = Object.keys(kept.rows);
  const first = firstPair(board, rows);
  const [a, b] = [view.get("a"), view.get("b")];
  /** @param {string} name */
  const metric = (name) => board.metrics.find((one) => one.name === name);
  return {
    kept,
    board,
    a: rows.includes(a) ? a : first.a,
    b: rows.includes(b) ? b : first.b,
    metric: metric(view.get("metric")) ?? metric(board.primary) ?? board.metrics[0],
  };
}

/**
 * The controls for the rows of one board.
 * @param {View} view
 * @param {Compared} now
 */
function browseControls(view, { kept, board, a, b, metric }) {
  /** @type {(key: string) => (value: string) => void} */
  const set = (key) => (value) => view.set({ [key]: value, page: "1" });
  /** @param {string} at */
  const setBoard = (at) => view.set({ at, a: "", b: "", metric: "", page: "1" });
  /** @type {Option[]} */
  const places = DATA.browse.map((one) => [one.board, boardName(boardOf(one.board))]);
  /** @type {Option[]} */
  const rows = Object.keys(kept.rows).map((at) => [at, outputName(board, at)]);
  /** @type {Option[]} */
  const metrics = board.metrics.map(({ name }) => [name, name]);
  return {
    board: kept.board,
    task: selectBox("Task", places, kept.board, setBoard),
    a: selectBox("A", rows, a, set("a")),
    b: selectBox("B", rows, b, set("b")),
    metric: selectBox("Metric", metrics, metric.name, set("metric")),
    marks: selectBox("Marks", MARKS, view.get("marks"), set("marks")),
    q: searchBox("Search", "in prompts and outputs", view.get("q"), set("q")),
    show: segmented("Which examples", SHOW, view.get("show"), set("show")),
  };
}

/**
 * Show what the view says, also where the address changed it.
 * @param {ReturnType<typeof browseControls>} controls
 * @param {View} view
 * @param {Compared} now
 */
function setControls(controls, view, { a, b, metric }) {
  controls.a.set(a);
  controls.b.set(b);
  controls.metric.set(metric.name);
  controls.marks.set(view.get("marks"));
  controls.show.set(view.get("show"));
  controls.q.set(view.get("q"));
}

/**
 * How many examples are shown, and who is better on how many.
 * @param {Compared} now
 * @param {ReturnType<typeof passing>} found
 */
function browseStatus({ kept: { shown, total }, metric }, found) {
  const cut =
    shown < total ? ` (the first ${count(shown)} of ${count(total)}, so that the folder stays small)` : "";
  return `${plural(found.kept.length, "example")} shown of ${count(shown)}${cut}. Outputs differ on ${count(found.differ)}; A is better on ${count(found.a)}, B on ${count(found.b)}, by ${metric.name} of the single example.`;
}

/**
 * @param {number} page
 * @param {number} last
 * @param {(to: number) => void} turn
 */
function pageButtons(page, last, turn) {
  /** @type {(label: string, to: number) => HTMLElement} */
  const button = (label, to) =>
    el(
      "button",
      {
        type: "button",
        disabled: to < 1 || to > last,
        on: { click: () => turn(to) },
      },
      label,
    );
  return [
    button("Previous", page - 1),
    el("span", { class: "soft" }, `Page ${page} of ${last}`),
    button("Next", page + 1),
  ];
}

/**
 * Call once, when an element comes near the window.
 * @param {Element} element
 * @param {() => void} begin
 */
function whenNear(element, begin) {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      begin();
    },
    { rootMargin: "300px 0px" },
  );
  observer.observe(element);
}

/**
 * Fill the bar with the controls for a board.
 * @param {HTMLElement} bar
 * @param {View} view
 * @param {ReturnType<typeof browseControls>} controls
 * @param {Data.Board} board
 */
function fillBar(bar, view, { task, a, b, metric, marks, q, show }, board) {
  fill(
    bar,
    DATA.browse.length > 1 ? task.root : null,
    [a.root, b.root],
    board.metrics.length > 1 ? metric.root : null,
    [marks.root, q.root, show.root],
    el("div", { class: "bar-end" }, copyButton("Copy link", view.link)),
  );
}

/**
 * The examples of one page of those that pass.
 * @param {Compared} now
 * @param {Pair} pair
 * @param {number[]} kept
 * @param {string} against
 */
function exampleCards({ board, a, b, metric }, pair, kept, against) {
  if (!kept.length) return el("p", { class: "callout" }, "No example passes these filters.");
  const names = [outputName(board, a), outputName(board, b)];
  return kept.map((i) => exampleCard(pair, i, { names, metric, against }));
}

function buildBrowse() {
  if (!DATA.browse.length) return null;
  const view = viewOf("browse", BROWSE_VIEW, () => draw());
  const bar = el("div", { class: "bar filters" });
  const status = el("p", { class: "shown soft", role: "status" });
  const list = el("div", { class: "examples waiting" });
  const pages = el("div", { class: "bar pages" });
  /** @type {ReturnType<typeof browseControls>|null} */
  let controls = null;
  let turn = 0;

  async function draw() {
    const now = comparedRows(view);
    const own = (turn += 1);
    if (controls?.board !== now.kept.board) {
      controls = browseControls(view, now);
      fillBar(bar, view, controls, now.board);
    }
    setControls(controls, view, now);
    try {
      const pair = await loadPair(now.kept.board, now.a, now.b);
      if (own === turn) drawExamples(now, pair);
    } catch (error) {
      fill(list, el("p", { class: "callout" }, error instanceof Error ? error.message : String(error)));
      status.textContent = "";
    }
  }
  /** @type {(now: Compared, pair: Pair) => void} */
  function drawExamples(now, pair) {
    list.classList.remove("waiting");
    const found = passing(pair, now.metric, view);
    const last = Math.max(1, Math.ceil(found.kept.length / PAGE));
    const page = Math.min(last, Math.max(1, Number(view.get("page")) || 1));
    status.textContent = browseStatus(now, found);
    const kept = found.kept.slice((page - 1) * PAGE, page * PAGE);
    fill(list, exampleCards(now, pair, kept, view.get("marks")));
    const step = (/** @type {number} */ to) => {
      view.set({ page: String(to) });
      status.scrollIntoView({ block: "start" });
    };
    fill(pages, pageButtons(page, last, step));
  }
  whenNear(list, draw);
  return [
    el(
      "p",
      { class: "prose" },
      "Numbers hide what models say. Put any two rows side by side on the test examples. Each row shows one of its cells, that of the first selection and training seed, so counts here differ from the board's means.",
    ),
    bar,
    status,
    list,
    pages,
  ];
}
