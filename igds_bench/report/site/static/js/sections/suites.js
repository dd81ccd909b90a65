/* Does a better SAE select better? What a selector gained on each suite against what is measured of it. */

/**
 * @param {Data.Measured[]} points
 * @param {string} measure
 * @returns {Trace}
 */
function suiteTrace(points, measure) {
  const colour = ink("hue-0");
  return {
    x: points.map((point) => point.measures[measure]),
    y: points.map(({ gain }) => gain.value),
    mode: "markers",
    marker: { color: colour, size: 8 },
    error_y: errorBars(
      points.map(({ gain }) => gain),
      { color: faint(colour, 0.5), thickness: 1.3, width: 0 },
    ),
    text: points.map(
      ({ suite, gain: { value, low, high } }) =>
        `<b>${plainText(suite)}</b><br>gain ${signed(value)} ${interval(low, high)}`,
    ),
    hovertemplate: "%{text}<extra></extra>",
  };
}

/**
 * @param {Data.Suites} found
 * @param {string} measure
 * @param {string} title
 */
function suitePanel(found, measure, title) {
  const own = found.points.filter(({ measures }) => (measures[measure] ?? null) !== null);
  if (own.length < 2) return null;
  return chart({
    label: `Gain of ${found.method} over ${found.against} against ${title}, one point per suite; the table below holds the numbers.`,
    height: () => 280,
    draw: () => ({
      traces: [suiteTrace(own, measure)],
      layout: {
        xaxis: axis(title),
        yaxis: axis(`${found.method} minus ${found.against}`, {
          zeroline: true,
          zerolinecolor: ink("soft"),
        }),
        showlegend: false,
      },
    }),
  });
}

/** @param {string} key */
function showSuites(key) {
  const found = DATA.suites[Number(key)];
  return [
    prose(found.lines),
    el(
      "div",
      { class: "panels" },
      Object.entries(found.measures).map(([measure, title]) => suitePanel(found, measure, title)),
    ),
    plainTable(found.table),
  ];
}

function buildSuites() {
  if (!DATA.suites.length) return null;
  return [
    el(
      "p",
      { class: "prose" },
      `The same selection with several SAE suites: whether the gain over ${DATA.against} follows what is measured of the suite.`,
    ),
    picker(
      "suites",
      "Task",
      DATA.suites.map((found, i) => [String(i), found.task]),
      showSuites,
    ),
  ];
}
