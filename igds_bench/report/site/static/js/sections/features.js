/* The task's features in tables: which help, how strongly, and what they are about. */

function featureName(name, links) {
  const link = links[name];
  return link ? el("a", { href: link, rel: "noreferrer noopener" }, name) : name;
}

function candidateTable(found) {
  const links = Object.fromEntries(found.features.map((one) => [one.name, one.link]));
  const best = found.candidates.slice(0, 10);
  const range = [
    Math.min(0, ...best.map((one) => one[3] ?? one[2])),
    Math.max(0, ...best.map((one) => one[4] ?? one[2])),
  ];
  return sortableTable({
    caption: `Best ${best.length} of ${plural(found.total, "candidate")}`,
    rows: best,
    columns: [
      {
        id: "name",
        label: "Feature",
        head: true,
        value: (one) => one[0],
        cell: (one) => featureName(one[0], links),
      },
      {
        id: "recall",
        label: "Recall",
        num: true,
        falling: true,
        hint: "share of prior samples on which it is active",
        value: (one) => one[1],
        cell: (one) => percent(one[1]),
      },
      {
        id: "delta",
        label: `Delta, ${found.unit}`,
        num: true,
        falling: true,
        value: (one) => one[2],
        cell: (one) =>
          el(
            "span",
            { class: "withbar" },
            el(
              "span",
              {},
              el("b", {}, signed(one[2], 3)),
              el("span", { class: "soft" }, ` ${interval(one[3], one[4])}`),
            ),
            intervalBar(one[2], one[3], one[4], range),
          ),
      },
      {
        id: "loglik",
        label: "Log-likelihood, nats",
        num: true,
        falling: true,
        value: (one) => one[5],
        cell: (one) => signed(one[5], 4),
      },
    ],
  }).root;
}

function topExamples(feature) {
  return el(
    "ul",
    { class: "tops" },
    feature.examples.map(([before, critical, source, activation]) =>
      el(
        "li",
        {},
        el("p", { class: "text" }, "…", before, el("mark", {}, critical)),
        el("p", { class: "soft" }, `activation ${fixed(activation)}${source ? ` · ${source}` : ""}`),
      ),
    ),
  );
}

function wordTable(feature) {
  return plainTable(
    `Words that amplifying ${feature.name} makes more frequent, per 1,000`,
    ["Word", "Original", "Amplified"],
    feature.words.map(([word, was, is]) => [word, fixed(was, 1), fixed(is, 1)]),
  );
}

function steeringTable(features) {
  const strengths = features[0].steering.map(([multiplier]) => `×${multiplier}`);
  return plainTable(
    "Delta by strength of the amplification [95%]",
    ["Feature", ...strengths],
    features.map((one) => [
      one.name,
      ...one.steering.map(([, delta, low, high]) => `${signed(delta, 3)} ${interval(low, high)}`),
    ]),
  );
}

/** Strengths, stability and fit, each where it was measured. */
function smallTables(found) {
  const steered = found.features.filter((one) => one.steering.length);
  return [
    steered.length ? steeringTable(steered) : null,
    found.tops.length
      ? plainTable(
          "Best features with other prior samples",
          ["Draw", "Best features"],
          found.tops.map((top, i) => [String(i + 1), top.join(", ")]),
          2,
        )
      : null,
    found.fits.length
      ? plainTable(
          "Fit of the SAEs at t*, within the task",
          ["Layer", "L0", "Explained variance", "Recalled"],
          found.fits.map(([layer, l0, variance, recalled]) => [
            String(layer),
            fixed(l0, 1),
            fixed(variance),
            count(recalled),
          ]),
        )
      : null,
  ];
}

function showFeatures(key) {
  const found = DATA.features[Number(key)];
  const explained = found.features.filter((one) => one.examples.length || one.words.length);
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
    el("div", { class: "side-by-side" }, smallTables(found)),
  ].filter(Boolean);
}

function buildFeatures() {
  if (!DATA.features.length) return null;
  const several = new Set(DATA.features.map((found) => found.suite)).size > 1;
  const models = new Set(DATA.features.map((found) => found.model)).size > 1;
  const options = DATA.features.map((found, i) => [
    String(i),
    [found.task, models && found.model, several && found.suite].filter(Boolean).join(" · "),
  ]);
  return [
    el(
      "p",
      { class: "prose" },
      "The SAE features that IGDS selects by, and how far they can be trusted: a feature counts when amplifying it helps on dev samples (Delta), more than random directions of equal norm do.",
    ),
    picker("features", "Task", options, showFeatures),
  ];
}
