/* The task's features in tables: which help, how strongly, and what they are about. */

/** Candidates in the table. */
const MOST_CANDIDATES = 10;

/** @param {Data.Features} found */
function candidateTable(found) {
  const links = new Map(found.features.map((one) => [one.name, one.link]));
  const best = found.candidates.slice(0, MOST_CANDIDATES);
  const ends = known(best.flatMap(({ delta, low, high }) => [low ?? delta, high ?? delta]));
  /** @type {[number, number]} */
  const range = [Math.min(0, ...ends), Math.max(0, ...ends)];
  return sortableTable({
    caption: `Best ${best.length} of ${plural(found.total, "candidate")}`,
    rows: best,
    columns: [
      {
        id: "name",
        label: "Feature",
        head: true,
        value: ({ name }) => name,
        cell: ({ name }) => {
          const url = links.get(name);
          return url ? cellOf({ text: name, url }) : name;
        },
      },
      {
        id: "recall",
        label: "Recall",
        num: true,
        falling: true,
        hint: "share of prior samples on which it is active",
        value: ({ recall }) => recall,
        cell: ({ recall }) => percent(recall),
      },
      {
        id: "delta",
        label: `Delta, ${found.unit}`,
        num: true,
        falling: true,
        value: ({ delta }) => delta,
        cell: (one) =>
          withBar(signed(one.delta, 3), interval(one.low, one.high), intervalBar(deltaOf(one), range)),
      },
      {
        id: "loglik",
        label: "Log-likelihood, nats",
        num: true,
        falling: true,
        value: ({ loglik }) => loglik,
        cell: ({ loglik }) => signed(loglik, 4),
      },
    ],
  }).root;
}

/** @param {Data.Feature} feature */
function topExamples({ examples }) {
  return el(
    "ul",
    { class: "tops" },
    examples.map(({ before, critical, source, activation }) =>
      el(
        "li",
        {},
        el("p", { class: "text" }, "…", before, el("mark", {}, critical)),
        el("p", { class: "soft" }, `activation ${fixed(activation)}${source ? ` · ${source}` : ""}`),
      ),
    ),
  );
}

/** @param {Data.Feature} feature */
function wordTable({ name, words }) {
  return plainTable({
    title: `Words that amplifying ${name} makes more frequent, per 1,000`,
    header: ["Word", "Original", "Amplified"],
    rows: words.map(({ word, original, amplified }) => [word, fixed(original, 1), fixed(amplified, 1)]),
    text_columns: 1,
  });
}

/** @param {Data.Feature[]} features */
function steeringTable(features) {
  return plainTable({
    title: "Delta by strength of the amplification [95%]",
    header: ["Feature", ...features[0].steering.map(({ multiplier }) => `×${multiplier}`)],
    rows: features.map(({ name, steering }) => [
      name,
      ...steering.map(({ delta: { value, low, high } }) => `${signed(value, 3)} ${interval(low, high)}`),
    ]),
    text_columns: 1,
  });
}

/** @param {string[][]} tops */
function stabilityTable(tops) {
  return plainTable({
    title: "Best features with other prior samples",
    header: ["Draw", "Best features"],
    rows: tops.map((top, i) => [String(i + 1), top.join(", ")]),
    text_columns: 2,
  });
}

/** @param {Data.Fit[]} fits */
function fitTable(fits) {
  return plainTable({
    title: "Fit of the SAEs at t*, within the task",
    header: ["Layer", "L0", "Explained variance", "Recalled"],
    rows: fits.map(({ layer, l0, explained_variance: variance, candidates }) => [
      String(layer),
      fixed(l0, 1),
      fixed(variance),
      count(candidates),
    ]),
    text_columns: 1,
  });
}

/** @param {string} key */
function showFeatures(key) {
  const found = DATA.features[Number(key)];
  const explained = found.features.filter(({ examples, words }) => examples.length || words.length);
  const steered = found.features.filter(({ steering }) => steering.length);
  return [
    prose(found.lines),
    deltaChart(found),
    candidateTable(found),
    explained.map((one, i) =>
      el(
        "details",
        { open: i === 0 },
        el("summary", {}, `${one.name}: pool examples on which it is most active`),
        el("div", { class: "two" }, topExamples(one), one.words.length ? wordTable(one) : null),
      ),
    ),
    found.layers.length ? layerChart(found) : null,
    el(
      "div",
      { class: "side-by-side" },
      steered.length ? steeringTable(steered) : null,
      found.tops.length ? stabilityTable(found.tops) : null,
      found.fits.length ? fitTable(found.fits) : null,
    ),
  ];
}

function buildFeatures() {
  if (!DATA.features.length) return null;
  const several = new Set(DATA.features.map((found) => found.suite)).size > 1;
  const models = new Set(DATA.features.map((found) => found.model)).size > 1;
  /** @type {Option[]} */
  const options = DATA.features.map(({ task, model, suite }, i) => [
    String(i),
    present([task, models && model, several && suite]).join(" · "),
  ]);
  return [
    el(
      "p",
      { class: "prose" },
      "The SAE features that data is selected by, and how far they can be trusted: a feature counts when amplifying it helps on dev samples (Delta), more than random directions of equal norm do.",
    ),
    picker("features", "Task", options, showFeatures),
  ];
}
