/* Examples: loading their files, choosing among them, and one card each. */

const PAGE = 10;

/**
 * What the files of `browse/` hold: a board's examples, and the outputs of its rows.
 * @typedef {{example: string[], prompt: string[], reference: string[]}} Texts
 * @typedef {{generation: string[], metrics: Record<string, (number|null)[]>}} Outputs
 */

/** @type {Map<string, Promise<any>>} */
const loaded = new Map();
/** @type {Map<string, (data: Texts|Outputs) => void>} */
const waiting = new Map();

/** Files of `browse/` are scripts that call this, since pages from disk may not fetch. */
window.igdsBrowse = (name, data) => waiting.get(name)?.(data);

/**
 * Load a file of `browse/` once.
 * @param {string} name
 */
function loadBrowse(name) {
  const before = loaded.get(name);
  if (before) return before;
  const found = new Promise((done, fail) => {
    waiting.set(name, done);
    const script = el("script", {
      src: `browse/${encodeURIComponent(name)}.js`,
    });
    script.addEventListener("error", () => {
      loaded.delete(name);
      fail(new Error(`browse/${name}.js could not be loaded. Keep the folder “browse” beside this page.`));
    });
    document.head.append(script);
  });
  loaded.set(name, found);
  return found;
}

/**
 * The examples of a board and the outputs of two of its rows.
 * @typedef {{texts: Texts, a: Outputs, b: Outputs}} Pair
 * @param {string} board
 * @param {string} a place of a row.
 * @param {string} b
 * @returns {Promise<Pair>}
 */
async function loadPair(board, a, b) {
  const [texts, ...sides] = await Promise.all([board, `${board}--${a}`, `${board}--${b}`].map(loadBrowse));
  return { texts, a: sides[0], b: sides[1] };
}

/** @type {Option[]} */
const SHOW = [
  ["all", "All"],
  ["differ", "Differ"],
  ["a", "A better"],
  ["b", "B better"],
];

/** @type {Option[]} */
const MARKS = [
  ["other", "words the other lacks"],
  ["reference", "words not in the reference"],
];

/**
 * The metric of the two outputs of an example.
 * @param {Pair} pair
 * @param {Data.Metric} metric
 * @param {number} i
 */
function valuesOf({ a, b }, { name }, i) {
  return { a: a.metrics[name]?.[i] ?? null, b: b.metrics[name]?.[i] ?? null };
}

/**
 * Whether A (1) or B (-1) is better on an example, or neither (0).
 * @param {Pair} pair
 * @param {Data.Metric} metric
 * @param {number} i
 */
function winnerOf(pair, metric, i) {
  const { a, b } = valuesOf(pair, metric, i);
  if (a === null || b === null || a === b) return 0;
  return a > b === metric.higher_is_better ? 1 : -1;
}

/**
 * Places of the examples that pass the filters, and how many pass each of them alone.
 * @param {Pair} pair
 * @param {Data.Metric} metric
 * @param {View} view
 */
function passing(pair, metric, view) {
  const { texts, a, b } = pair;
  const part = view.get("q").trim().toLowerCase();
  /** @type {Record<string, (i: number) => boolean>} */
  const tests = {
    all: () => true,
    differ: (i) => a.generation[i] !== b.generation[i],
    a: (i) => winnerOf(pair, metric, i) > 0,
    b: (i) => winnerOf(pair, metric, i) < 0,
  };
  /** @param {number} i */
  const found = (i) =>
    [texts.prompt[i], texts.reference[i], a.generation[i], b.generation[i]].some((text) =>
      text.toLowerCase().includes(part),
    );
  const all = texts.prompt.map((_, i) => i);
  const test = tests[view.get("show")] || tests.all;
  return {
    kept: all.filter((i) => test(i) && found(i)),
    differ: all.filter(tests.differ).length,
    a: all.filter(tests.a).length,
    b: all.filter(tests.b).length,
  };
}

/**
 * One side of a card.
 * @param {string} side
 * @param {string} name
 * @param {string} value
 * @param {Run[]} runs
 * @param {boolean} won
 */
function outputColumn(side, name, value, runs, won) {
  const isEmpty = !runs.some(({ text }) => text);
  return el(
    "div",
    { class: `output ${won ? "won" : ""}` },
    el(
      "h4",
      {},
      el("span", { class: "side" }, side),
      ` ${name}`,
      el("span", { class: "value" }, value && won ? `${value} ▲` : value),
    ),
    isEmpty ? el("p", { class: "text soft" }, "(empty)") : el("p", { class: "text" }, marked(runs)),
  );
}

/**
 * What is marked in both outputs: words the other lacks, or words the reference lacks.
 * @param {Pair} pair
 * @param {number} i
 * @param {string} against
 */
function marksOf({ texts, a, b }, i, against) {
  if (against !== "reference") return wordDiff(a.generation[i], b.generation[i]);
  return [a, b].map((side) => wordDiff(side.generation[i], texts.reference[i])[0]);
}

/**
 * @param {Pair} pair
 * @param {number} i
 * @param {{names: string[], metric: Data.Metric, against: string}} shown
 */
function exampleCard(pair, i, { names, metric, against }) {
  const { texts } = pair;
  const runs = marksOf(pair, i, against);
  const values = valuesOf(pair, metric, i);
  const winner = winnerOf(pair, metric, i);
  /** @param {number|null} value */
  const text = (value) =>
    value === null ? "" : `${metric.name} ${Number.isInteger(value) ? value : fixed(value)}`;
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
      outputColumn("A", names[0], text(values.a), runs[0], winner > 0),
      outputColumn("B", names[1], text(values.b), runs[1], winner < 0),
    ),
  );
}
