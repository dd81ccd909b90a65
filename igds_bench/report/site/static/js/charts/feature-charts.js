/* The task's features: what helps, against random directions, and where it lies. */

/**
 * @param {Data.Candidate} candidate
 * @returns {Data.Estimate}
 */
function deltaOf({ delta, low, high }) {
  return { value: delta, low, high };
}

/** @param {Data.Candidate[]} own */
function candidateTrace(own) {
  const colour = ink("hue-0");
  return {
    x: own.map((_, i) => i),
    y: own.map(({ delta }) => delta),
    mode: "markers",
    name: "features",
    marker: { color: colour, size: 7 },
    error_y: errorBars(own.map(deltaOf), {
      color: faint(colour, 0.55),
      thickness: 1.4,
      width: 0,
    }),
    text: own.map(
      ({ name, recall, delta, low, high }) =>
        `<b>${name}</b><br>Delta ${signed(delta, 3)} ${interval(low, high)}<br>active on ${percent(recall)} of prior`,
    ),
    hovertemplate: "%{text}<extra></extra>",
  };
}

/**
 * @param {number[]} deltas
 * @param {number} from
 */
function nullTrace(deltas, from) {
  const colour = ink("muted");
  return {
    x: deltas.map((_, i) => from + i),
    y: deltas,
    mode: "markers",
    name: "random directions",
    marker: {
      color: colour,
      symbol: "x-thin",
      size: 7,
      line: { color: colour, width: 1.6 },
    },
    hovertemplate: "random direction<br>Delta %{y:+.3f}<extra></extra>",
  };
}

/**
 * A dashed line across the chart, at the best of some values.
 * @param {number[]} values largest first.
 */
function bestLine(values) {
  const line = { color: ink("muted"), dash: "dash", width: 1.2 };
  return values.slice(0, 1).map((value) => ({
    type: "line",
    xref: "paper",
    x0: 0,
    x1: 1,
    y0: value,
    y1: value,
    line,
  }));
}

/** @param {Data.Features} found */
function deltaChart({ candidates, null: random, unit }) {
  return chart({
    label: `Delta of ${candidates.length} candidates, best first, with 95% intervals, beside ${random.length} random directions of equal norm; the best ten are in the table below.`,
    height: () => 340,
    caption: `Delta of each candidate (95% interval over dev samples), best first, and of random directions of equal norm; the dashed line is the best of those. In ${unit}.`,
    draw: () => ({
      traces: [candidateTrace(candidates), nullTrace(random, candidates.length + 1)].filter(
        (trace) => trace.x.length,
      ),
      layout: {
        xaxis: axis("candidates, best first, then random directions", {
          showticklabels: false,
          showgrid: false,
        }),
        yaxis: axis("Delta", { zeroline: true, zerolinecolor: ink("soft") }),
        shapes: bestLine(random),
      },
    }),
  });
}

/** @param {Data.Features} found */
function layerChart({ layers }) {
  const told = layers.map(({ layer, candidates, helpful }) => `layer ${layer}: ${helpful} of ${candidates}`);
  const x = layers.map(({ layer }) => layer);
  return chart({
    label: `Candidates by layer and how many have a Delta above 0: ${told.join(", ")}.`,
    height: () => 260,
    caption: "Candidates by layer, and how many of them have a Delta above 0.",
    draw: () => ({
      traces: [
        {
          type: "bar",
          x,
          y: layers.map(({ candidates }) => candidates),
          name: "candidates",
          marker: { color: ink("muted") },
          hovertemplate: "layer %{x}: %{y}<extra></extra>",
        },
        {
          type: "bar",
          x,
          y: layers.map(({ helpful }) => helpful),
          name: "Delta above 0",
          marker: { color: ink("hue-1") },
          hovertemplate: "layer %{x}: %{y} above 0<extra></extra>",
        },
      ],
      layout: {
        barmode: "group",
        xaxis: axis("layer", {
          dtick: layers.length > 20 ? 4 : 1,
          showgrid: false,
        }),
        yaxis: axis("features", { rangemode: "tozero", tickformat: "d" }),
      },
    }),
  });
}
