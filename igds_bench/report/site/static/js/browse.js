/* The example browser: any two rows side by side, on the test examples that tell them apart. */

const PAGE = 10;
const loaded = new Map();
const waiting = new Map();

/** Files of `browse/` are scripts that call this, since pages from disk may not fetch. */
window.igdsBrowse = (name, data) => waiting.get(name)?.(data);

/** Load a file of `browse/` once. */
function loadBrowse(name) {
  if (!loaded.has(name)) {
    loaded.set(name, new Promise((done, fail) => {
      waiting.set(name, done);
      const script = el("script", { src: `browse/${encodeURIComponent(name)}.js` });
      script.addEventListener("error", () => {
        loaded.delete(name);
        fail(new Error(`browse/${name}.js could not be loaded. Keep the folder “browse” beside this page.`));
      });
      document.head.append(script);
    }));
  }
  return loaded.get(name);
}

const SHOW = [["all", "All"], ["differ", "Outputs differ"], ["a", "A better"], ["b", "B better"]];

/** Places of the examples that pass the filters. */
function passing(data, view, higher) {
  const { texts, a, b, metric } = data;
  const part = view.get("q").trim().toLowerCase();
  const sign = higher ? 1 : -1;
  const gap = (i) => sign * ((a.metrics[metric]?.[i] ?? 0) - (b.metrics[metric]?.[i] ?? 0));
  const tests = { all: () => true, differ: (i) => a.generation[i] !== b.generation[i], a: (i) => gap(i) > 0, b: (i) => gap(i) < 0 };
  const found = (i) => !part || [texts.prompt[i], texts.reference[i], a.generation[i], b.generation[i]].some((text) => text.toLowerCase().includes(part));
  const kept = texts.prompt.map((_, i) => i).filter((i) => (tests[view.get("show")] || tests.all)(i) && found(i));
  return { kept, counts: Object.fromEntries(SHOW.map(([key]) => [key, texts.prompt.filter((_, i) => tests[key](i)).length])) };
}

function outputColumn(side, name, output, runs, metric, value, won) {
  return el("div", { class: `output ${won ? "won" : ""}` },
    el("h5", {}, el("span", { class: "side" }, side), ` ${name}`,
      el("span", { class: "value" }, value === null || value === undefined ? "" : `${metric} ${fixed(value, metric === "response_loss" ? 2 : 1)}${won ? " ▲" : ""}`)),
    output ? el("p", { class: "text" }, marked(runs)) : el("p", { class: "text soft" }, "(empty)"));
}

function exampleCard(i, data, names, higher) {
  const { texts, a, b, metric } = data;
  const runs = wordDiff(a.generation[i], b.generation[i]);
  const [va, vb] = [a.metrics[metric]?.[i] ?? null, b.metrics[metric]?.[i] ?? null];
  const better = va === null || vb === null || va === vb ? 0 : va > vb === higher ? 1 : -1;
  return el("article", { class: "example" },
    el("p", { class: "which soft" }, `Example ${i + 1} · ${texts.example[i]}`),
    el("div", { class: "given" },
      el("div", {}, el("h5", {}, "Prompt"), el("p", { class: "text" }, texts.prompt[i])),
      el("div", {}, el("h5", {}, "Reference"), el("p", { class: "text" }, texts.reference[i]))),
    el("div", { class: "outputs" },
      outputColumn("A", names[0], a.generation[i], runs[0], metric, va, better > 0),
      outputColumn("B", names[1], b.generation[i], runs[1], metric, vb, better < 0)));
}

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
  const view = viewOf("browse", { at: first, a: "", b: "", show: "differ", metric: "", q: "", page: "1" }, () => draw());
  const bar = el("div", { class: "bar filters" });
  const status = el("p", { class: "shown soft", role: "status" });
  const list = el("div", { class: "examples" });
  const pages = el("div", { class: "bar pages" });
  let drawn = "";
  let turn = 0;

  function current() {
    const at = places.has(view.get("at")) ? view.get("at") : first;
    const board = BOARDS.get(at);
    const rows = Object.keys(places.get(at).rows);
    const [a, b] = firstPair(board, rows);
    const pick = (value, other) => (rows.includes(value) ? value : other);
    return { at, board, rows, a: pick(view.get("a"), a), b: pick(view.get("b"), b), metric: board.metrics.find((one) => one.name === view.get("metric")) || board.metrics.find((one) => one.name === board.primary) };
  }
  function drawBar(now) {
    if (drawn === now.at) return;
    drawn = now.at;
    const rows = now.rows.map((at) => [at, rowName(now.board, at)]);
    const set = (key) => (value) => view.set({ [key]: value, page: "1" });
    fill(bar,
      places.size > 1 ? selectBox("Task", [...places.keys()].map((at) => [at, boardName(BOARDS.get(at))]), now.at, (at) => view.set({ at, a: "", b: "", metric: "", page: "1" })).root : null,
      (bar.a = selectBox("A", rows, now.a, set("a"))).root, (bar.b = selectBox("B", rows, now.b, set("b"))).root,
      now.board.metrics.length > 1 ? (bar.metric = selectBox("Metric", now.board.metrics.map((one) => [one.name, one.name]), now.metric.name, set("metric"))).root : null,
      searchBox("Search", "in prompts and outputs", view.get("q"), set("q")).root,
      (bar.show = segmented("Which examples", SHOW, view.get("show"), set("show"))).root,
      el("div", { class: "bar-end" }, copyButton("Copy link", () => view.link())));
  }
  async function draw() {
    const now = current();
    const own = (turn += 1);
    drawBar(now);
    bar.a.box.value = now.a;
    bar.b.box.value = now.b;
    bar.show.set(view.get("show"));
    if (bar.metric) bar.metric.box.value = now.metric.name;
    try {
      const [texts, a, b] = await Promise.all([loadBrowse(now.at), loadBrowse(`${now.at}--${now.a}`), loadBrowse(`${now.at}--${now.b}`)]);
      if (own === turn) show(now, { texts, a, b, metric: now.metric.name });
    } catch (error) {
      fill(list, el("p", { class: "callout" }, error.message));
      status.textContent = "";
    }
  }
  function show(now, data) {
    const { kept, counts } = passing(data, view, now.metric.higher);
    const last = Math.max(1, Math.ceil(kept.length / PAGE));
    const page = Math.min(last, Math.max(1, Number(view.get("page")) || 1));
    const names = [rowName(now.board, now.a), rowName(now.board, now.b)];
    const { shown, total } = places.get(now.at);
    const cut = shown < total ? ` (the first ${count(shown)} of ${count(total)}, so that the folder stays small)` : "";
    status.textContent = `${plural(kept.length, "example")} shown of ${count(shown)}${cut}. Outputs differ on ${count(counts.differ)}; A is better on ${count(counts.a)}, B on ${count(counts.b)}, by ${now.metric.name} of the single example.`;
    fill(list, kept.slice((page - 1) * PAGE, page * PAGE).map((i) => exampleCard(i, data, names, now.metric.higher)));
    if (!kept.length) fill(list, el("p", { class: "callout" }, "No example passes these filters."));
    const step = (to) => () => {
      view.set({ page: String(to) });
      status.scrollIntoView({ block: "start" });
    };
    fill(pages,
      el("button", { type: "button", disabled: page === 1, on: { click: step(page - 1) } }, "Previous"),
      el("span", { class: "soft" }, `Page ${page} of ${last}`),
      el("button", { type: "button", disabled: page === last, on: { click: step(page + 1) } }, "Next"));
  }
  const begin = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) {
      begin.disconnect();
      draw();
    }
  }, { rootMargin: "300px 0px" });
  begin.observe(list);
  return [
    el("p", { class: "prose" }, "Numbers hide what models say. Put any two rows side by side on the test examples: words that the other lacks are marked. Each row shows one of its cells, that of the first selection and training seed, so counts here differ from the board's means."),
    bar, status, list, pages,
  ];
}
