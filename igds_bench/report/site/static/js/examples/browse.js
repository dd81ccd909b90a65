/* The example browser: any two rows side by side, on the test examples that tell them apart. */

function rowName(board, at) {
  const row = board.rows[Number(at)];
  return `${row.s}${row.b ? ` · ${row.b}` : ""}`;
}

/** Rows to begin with: the best contender at the largest shared budget, against random there. */
function firstPair(board, rows) {
  const has = (test) => rows.find((at) => test(board.rows[Number(at)]));
  for (const budget of [...board.budgets].reverse()) {
    const random = has((row) => row.s === "random" && row.b === budget);
    const best = has((row) => row.kind === "contender" && row.s !== "random" && row.b === budget && row.v);
    if (random && best) return [best, random];
  }
  return [rows[0], rows[rows.length - 1]];
}

function buildBrowse() {
  if (!DATA.browse.length) return null;
  const places = new Map(DATA.browse.map((one) => [one.at, one]));
  const first = DATA.browse[0].at;
  const view = viewOf(
    "browse",
    { at: first, a: "", b: "", show: "differ", metric: "", marks: "other", q: "", page: "1" },
    () => draw(),
  );
  const bar = el("div", { class: "bar filters" });
  const status = el("p", { class: "shown soft", role: "status" });
  const list = el("div", { class: "examples waiting" });
  const pages = el("div", { class: "bar pages" });
  let drawn = "";
  let turn = 0;

  function current() {
    const at = places.has(view.get("at")) ? view.get("at") : first;
    const board = BOARDS.get(at);
    const rows = Object.keys(places.get(at).rows);
    const [a, b] = firstPair(board, rows);
    const pick = (value, other) => (rows.includes(value) ? value : other);
    return {
      at,
      board,
      rows,
      a: pick(view.get("a"), a),
      b: pick(view.get("b"), b),
      metric:
        board.metrics.find((one) => one.name === view.get("metric")) ||
        board.metrics.find((one) => one.name === board.primary),
    };
  }
  function drawBar(now) {
    if (drawn === now.at) return;
    drawn = now.at;
    const rows = now.rows.map((at) => [at, rowName(now.board, at)]);
    const set = (key) => (value) => view.set({ [key]: value, page: "1" });
    fill(
      bar,
      places.size > 1
        ? selectBox(
            "Task",
            [...places.keys()].map((at) => [at, boardName(BOARDS.get(at))]),
            now.at,
            (at) => view.set({ at, a: "", b: "", metric: "", page: "1" }),
          ).root
        : null,
      (bar.a = selectBox("A", rows, now.a, set("a"))).root,
      (bar.b = selectBox("B", rows, now.b, set("b"))).root,
      now.board.metrics.length > 1
        ? (bar.metric = selectBox(
            "Metric",
            now.board.metrics.map((one) => [one.name, one.name]),
            now.metric.name,
            set("metric"),
          )).root
        : null,
      (bar.marks = selectBox("Marks", MARKS, view.get("marks"), set("marks"))).root,
      searchBox("Search", "in prompts and outputs", view.get("q"), set("q")).root,
      (bar.show = segmented("Which examples", SHOW, view.get("show"), set("show"))).root,
      el(
        "div",
        { class: "bar-end" },
        copyButton("Copy link", () => view.link()),
      ),
    );
  }
  async function draw() {
    const now = current();
    const own = (turn += 1);
    drawBar(now);
    bar.a.box.value = now.a;
    bar.b.box.value = now.b;
    bar.show.set(view.get("show"));
    bar.marks.box.value = view.get("marks");
    if (bar.metric) bar.metric.box.value = now.metric.name;
    try {
      const [texts, a, b] = await Promise.all([
        loadBrowse(now.at),
        loadBrowse(`${now.at}--${now.a}`),
        loadBrowse(`${now.at}--${now.b}`),
      ]);
      if (own === turn) show(now, { texts, a, b, metric: now.metric.name, against: view.get("marks") });
    } catch (error) {
      fill(list, el("p", { class: "callout" }, error.message));
      status.textContent = "";
    }
  }
  function show(now, data) {
    list.classList.remove("waiting");
    const { kept, counts } = passing(data, view, now.metric.higher);
    const last = Math.max(1, Math.ceil(kept.length / PAGE));
    const page = Math.min(last, Math.max(1, Number(view.get("page")) || 1));
    const names = [rowName(now.board, now.a), rowName(now.board, now.b)];
    const { shown, total } = places.get(now.at);
    const cut =
      shown < total ? ` (the first ${count(shown)} of ${count(total)}, so that the folder stays small)` : "";
    status.textContent = `${plural(kept.length, "example")} shown of ${count(shown)}${cut}. Outputs differ on ${count(counts.differ)}; A is better on ${count(counts.a)}, B on ${count(counts.b)}, by ${now.metric.name} of the single example.`;
    fill(
      list,
      kept.slice((page - 1) * PAGE, page * PAGE).map((i) => exampleCard(i, data, names, now.metric.higher)),
    );
    if (!kept.length) fill(list, el("p", { class: "callout" }, "No example passes these filters."));
    const step = (to) => () => {
      view.set({ page: String(to) });
      status.scrollIntoView({ block: "start" });
    };
    fill(
      pages,
      el("button", { type: "button", disabled: page === 1, on: { click: step(page - 1) } }, "Previous"),
      el("span", { class: "soft" }, `Page ${page} of ${last}`),
      el("button", { type: "button", disabled: page === last, on: { click: step(page + 1) } }, "Next"),
    );
  }
  const begin = new IntersectionObserver(
    (entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        begin.disconnect();
        draw();
      }
    },
    { rootMargin: "300px 0px" },
  );
  begin.observe(list);
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
