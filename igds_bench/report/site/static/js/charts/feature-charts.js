/* The task's features: what helps, against random directions; where they lie and what they are about. */

function deltaChart(found) {
  const own = found.candidates;
  const start = own.length + 1;
  return chart({
    label: `Delta of ${own.length} candidates, best first, with 95% intervals, beside ${found.null.length} random directions of equal norm; the best ten are in the table below.`,
    height: () => 340,
    caption: `Delta of each candidate (95% interval over dev samples), best first, and of random directions of equal norm; the dashed line is the best of those. In ${found.unit}.`,
    draw: () => ({
      traces: [
        {
          x: own.map((_, i) => i),
          y: own.map((one) => one[2]),
          mode: "markers",
          name: "features",
          marker: { color: ink("hue-0"), size: 7 },
          error_y: {
            type: "data",
            symmetric: false,
            array: own.map((one) => (one[4] === null ? 0 : one[4] - one[2])),
            arrayminus: own.map((one) => (one[3] === null ? 0 : one[2] - one[3])),
            color: faint(ink("hue-0"), 0.55),
            thickness: 1.4,
            width: 0,
          },
          text: own.map(
            (one) =>
              `<b>${one[0]}</b><br>Delta ${signed(one[2], 3)} ${interval(one[3], one[4])}<br>active on ${percent(one[1])} of prior`,
          ),
          hovertemplate: "%{text}<extra></extra>",
        },
        {
          x: found.null.map((_, i) => start + i),
          y: found.null,
          mode: "markers",
          name: "random directions",
          marker: {
            color: ink("muted"),
            symbol: "x-thin",
            size: 7,
            line: { color: ink("muted"), width: 1.6 },
          },
          hovertemplate: "random direction<br>Delta %{y:+.3f}<extra></extra>",
        },
      ].filter((trace) => trace.x.length),
      layout: {
        xaxis: axis("candidates, best first, then random directions", {
          showticklabels: false,
          showgrid: false,
        }),
        yaxis: axis("Delta", { zeroline: true, zerolinecolor: ink("soft") }),
        shapes: found.null.length
          ? [
              {
                type: "line",
                xref: "paper",
                x0: 0,
                x1: 1,
                y0: found.null[0],
                y1: found.null[0],
                line: { color: ink("muted"), dash: "dash", width: 1.2 },
              },
            ]
          : [],
      },
    }),
  });
}

function layerChart(found) {
  return chart({
    label: `Candidates by layer and how many have a Delta above 0: ${found.layers.map(([layer, all, helpful]) => `layer ${layer}: ${helpful} of ${all}`).join(", ")}.`,
    height: () => 260,
    caption: "Candidates by layer, and how many of them have a Delta above 0.",
    draw: () => ({
      traces: [
        {
          type: "bar",
          x: found.layers.map(([layer]) => layer),
          y: found.layers.map(([, all]) => all),
          name: "candidates",
          marker: { color: ink("muted") },
          hovertemplate: "layer %{x}: %{y}<extra></extra>",
        },
        {
          type: "bar",
          x: found.layers.map(([layer]) => layer),
          y: found.layers.map(([, , helpful]) => helpful),
          name: "Delta above 0",
          marker: { color: ink("hue-1") },
          hovertemplate: "layer %{x}: %{y} above 0<extra></extra>",
        },
      ],
      layout: {
        barmode: "group",
        xaxis: axis("layer", { dtick: found.layers.length > 20 ? 4 : 1, showgrid: false }),
        yaxis: axis("features", { rangemode: "tozero", tickformat: "d" }),
      },
    }),
  });
}
