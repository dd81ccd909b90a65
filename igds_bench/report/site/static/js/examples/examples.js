/* Examples: loading their files, choosing among them, and one card each. */

const PAGE = 10;
const loaded = new Map();
const waiting = new Map();

/** Files of `browse/` are scripts that call this, since pages from disk may not fetch. */
window.igdsBrowse = (name, data) => waiting.get(name)?.(data);

/** Load a file of `browse/` once. */
function loadBrowse(name) {
  if (!loaded.has(name)) {
    loaded.set(
      name,
      new Promise((done, fail) => {
        waiting.set(name, done);
        const script = el("script", { src: `browse/${encodeURIComponent(name)}.js` });
        script.addEventListener("error", () => {
          loaded.delete(name);
          fail(
            new Error(`browse/${name}.js could not be loaded. Keep the folder “browse” beside this page.`),
          );
        });
        document.head.append(script);
      }),
    );
  }
  return loaded.get(name);
}

const SHOW = [
  ["all", "All"],
  ["differ", "Differ"],
  ["a", "A better"],
  ["b", "B better"],
];

const MARKS = [
  ["other", "words the other lacks"],
  ["reference", "words not in the reference"],
];

/** Places of the examples that pass the filters. */
function passing(data, view, higher) {
  const { texts, a, b, metric } = data;
  const part = view.get("q").trim().toLowerCase();
  const sign = higher ? 1 : -1;
  const gap = (i) => sign * ((a.metrics[metric]?.[i] ?? 0) - (b.metrics[metric]?.[i] ?? 0));
  const tests = {
    all: () => true,
    differ: (i) => a.generation[i] !== b.generation[i],
    a: (i) => gap(i) > 0,
    b: (i) => gap(i) < 0,
  };
  const found = (i) =>
    !part ||
    [texts.prompt[i], texts.reference[i], a.generation[i], b.generation[i]].some((text) =>
      text.toLowerCase().includes(part),
    );
  const kept = texts.prompt
    .map((_, i) => i)
    .filter((i) => (tests[view.get("show")] || tests.all)(i) && found(i));
  return {
    kept,
    counts: Object.fromEntries(
      SHOW.map(([key]) => [key, texts.prompt.filter((_, i) => tests[key](i)).length]),
    ),
  };
}

function outputColumn(side, name, output, runs, metric, value, won) {
  return el(
    "div",
    { class: `output ${won ? "won" : ""}` },
    el(
      "h4",
      {},
      el("span", { class: "side" }, side),
      ` ${name}`,
      el(
        "span",
        { class: "value" },
        value === null || value === undefined
          ? ""
          : `${metric} ${Number.isInteger(value) ? value : fixed(value)}${won ? " ▲" : ""}`,
      ),
    ),
    output ? el("p", { class: "text" }, marked(runs)) : el("p", { class: "text soft" }, "(empty)"),
  );
}

/** What is marked in both outputs: words the other lacks, or words the reference lacks. */
function marksOf(i, { texts, a, b }, against) {
  if (against !== "reference") return wordDiff(a.generation[i], b.generation[i]);
  return [a, b].map((side) => wordDiff(side.generation[i], texts.reference[i])[0]);
}

function exampleCard(i, data, names, higher) {
  const { texts, a, b, metric } = data;
  const runs = marksOf(i, data, data.against);
  const [va, vb] = [a.metrics[metric]?.[i] ?? null, b.metrics[metric]?.[i] ?? null];
  const better = va === null || vb === null || va === vb ? 0 : va > vb === higher ? 1 : -1;
  return el(
    "article",
    { class: "example" },
    el("h3", { class: "which soft" }, `Example ${i + 1} · ${texts.example[i]}`),
    el(
      "div",
      { class: "given" },
      el("div", {}, el("h4", {}, "Prompt"), el("p", { class: "text" }, texts.prompt[i])),
      el("div", {}, el("h4", {}, "Reference"), el("p", { class: "text" }, texts.reference[i])),
    ),
    el(
      "div",
      { class: "outputs" },
      outputColumn("A", names[0], a.generation[i], runs[0], metric, va, better > 0),
      outputColumn("B", names[1], b.generation[i], runs[1], metric, vb, better < 0),
    ),
  );
}
