/* Does a better SAE select better? What IGDS gained on each suite against what is measured of it. */

function suitePanel(found, measure, title) {
  const own = found.points.filter((point) => point.at[measure] !== undefined && point.at[measure] !== null);
  if (own.length < 2) return null;
  return chart({
    label: `Gain of IGDS over random against ${title}, one point per suite; the table below holds the numbers.`,
    height: () => 280,
    draw: () => ({
      traces: [
        {
          x: own.map((point) => point.at[measure]),
          y: own.map((point) => point.gain[0]),
          mode: "markers",
          marker: { color: ink("hue-0"), size: 8 },
          error_y: {
            type: "data",
            symmetric: false,
            array: own.map(({ gain }) => (gain[2] === null ? 0 : gain[2] - gain[0])),
            arrayminus: own.map(({ gain }) => (gain[1] === null ? 0 : gain[0] - gain[1])),
            color: faint(ink("hue-0"), 0.5),
            thickness: 1.3,
            width: 0,
          },
          text: own.map(
            (point) =>
              `<b>${plainText(point.suite)}</b><br>gain ${signed(point.gain[0])} ${interval(point.gain[1], point.gain[2])}`,
          ),
          hovertemplate: "%{text}<extra></extra>",
        },
      ],
      layout: {
        xaxis: axis(title),
        yaxis: axis("IGDS minus random", { zeroline: true, zerolinecolor: ink("soft") }),
        showlegend: false,
      },
    }),
  });
}

function showSuites(key) {
  const found = DATA.suites[Number(key)];
  return [
    prose(found.lines),
    el(
      "div",
      { class: "panels" },
      Object.entries(found.measures)
        .map(([measure, title]) => suitePanel(found, measure, title))
        .filter(Boolean),
    ),
    plainTable(found.title, found.header, found.rows),
  ];
}

function buildSuites() {
  if (!DATA.suites.length) return null;
  return [
    el(
      "p",
      { class: "prose" },
      "The same selection with several SAE suites: whether the gain over random follows what is measured of the suite.",
    ),
    picker(
      "suites",
      "Task",
      DATA.suites.map((found, i) => [String(i), found.task]),
      showSuites,
    ),
  ];
}
