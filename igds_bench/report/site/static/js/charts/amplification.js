/* Did training that amplified the task's features also improve the metric? With controls beside it. */

function amplificationRole(name, board) {
  const row = board.rows.find((one) => one.s === name);
  if (!row) return "contender";
  if (name === "random") return "random";
  return row.kind === "contender" && row.matched ? "control" : row.kind;
}

const POINTS = {
  control: ["controls", "muted", "circle-open"],
  reference: ["references", "soft", "square-open"],
  contender: ["selectors", "hue-5", "circle"],
  random: ["random", "ink", "diamond"],
};

function panelAxes(groups, columns, width) {
  const layout = {};
  const gap = columns > 1 ? 0.05 : 0;
  const rows = Math.ceil(groups.length / columns);
  const titleGap = rows > 1 ? 0.11 : 0;
  groups.forEach((group, i) => {
    const key = i ? i + 1 : "";
    const [column, row] = [i % columns, Math.floor(i / columns)];
    const [w, h] = [(1 - gap * (columns - 1)) / columns, (1 - titleGap * (rows - 1)) / rows];
    layout[`xaxis${key}`] = axis(group.name, {
      domain: [column * (w + gap), column * (w + gap) + w],
      anchor: `y${key}`,
      zeroline: true,
      zerolinecolor: ink("edge"),
    });
    layout[`yaxis${key}`] = axis(
      column === 0 && columns > 1 ? "change in the metric" : columns > 1 ? "" : "change in the metric",
      {
        domain: [1 - row * (h + titleGap) - h, 1 - row * (h + titleGap)],
        anchor: `x${key}`,
        zeroline: true,
        zerolinecolor: ink("edge"),
        matches: i && columns > 1 ? "y" : undefined,
        showticklabels: column === 0,
      },
    );
  });
  layout.showlegend = width > 0;
  return layout;
}

function amplificationTraces(found, board, lit) {
  const traces = [];
  const layers = [
    ...Object.entries(POINTS).map(([role, look]) => [
      role,
      look,
      (name) => name !== lit && amplificationRole(name, board) === role,
    ]),
    ["lit", [lit, "hue-1", "triangle-up"], (name) => name === lit],
  ];
  found.groups.forEach((group, i) => {
    for (const [role, [name, colour, shape], has] of layers) {
      const own = found.points.filter((point) => has(point[0]) && point[2 + i] !== null);
      if (!own.length) continue;
      traces.push({
        x: own.map((point) => point[2 + i]),
        y: own.map((point) => point[1]),
        xaxis: `x${i ? i + 1 : ""}`,
        yaxis: `y${i ? i + 1 : ""}`,
        mode: "markers",
        name: plainText(name),
        legendgroup: role,
        showlegend: i === 0,
        marker: {
          color: ink(colour),
          symbol: shape,
          size: role === "lit" ? 9 : 6.5,
          opacity: role === "lit" ? 1 : 0.7,
          line: { width: shape.endsWith("open") ? 1.2 : 0, color: ink(colour) },
        },
        text: own.map(
          (point) =>
            `<b>${plainText(point[0])}</b><br>features ${signed(point[2 + i])}, metric ${signed(point[1])}`,
        ),
        hovertemplate: "%{text}<extra></extra>",
      });
    }
  });
  return traces;
}

function amplificationTable(found) {
  const rows = found.groups.flatMap((group) =>
    group.found.length
      ? group.found.map(([name, value, low, high]) => ({ group, name, value, low, high }))
      : [{ group, name: "none warranted", value: null, low: null, high: null }],
  );
  return sortableTable({
    caption: "How activation goes with the metric: coefficients with 95% bootstrap intervals over cells",
    rows,
    columns: [
      {
        id: "group",
        label: "Features",
        head: true,
        value: (row) => row.group.name,
        cell: (row) => row.group.name,
      },
      { id: "name", label: "Coefficient", value: (row) => row.name, cell: (row) => row.name },
      {
        id: "value",
        label: "Value [95%]",
        num: true,
        falling: true,
        value: (row) => row.value,
        cell: (row) =>
          row.value === null
            ? NONE
            : el(
                "span",
                { class: "withbar" },
                el(
                  "span",
                  {},
                  el("b", {}, signed(row.value)),
                  el("span", { class: "soft" }, ` ${interval(row.low, row.high)}`),
                ),
                intervalBar(row.value, row.low, row.high, [-1, 1]),
              ),
      },
      {
        id: "cells",
        label: "Cells",
        num: true,
        value: (row) => row.group.cells,
        cell: (row) => count(row.group.cells),
      },
    ],
  }).root;
}

function showAmplification(key, slot) {
  const found = DATA.amplified[Number(key)];
  const board = BOARDS.get(found.at);
  const names = [...new Set(found.points.map((point) => point[0]))].sort();
  let lit = names.includes("igds")
    ? "igds"
    : names.find((name) => amplificationRole(name, board) === "contender") || names[0];
  const columns = (width) => (width < 640 ? 1 : found.groups.length);
  const drawing = () =>
    chart({
      label: `Change in ${board.primary} against change in activation, one point per tuned cell, for ${found.groups.map((group) => group.name).join(", ")}; coefficients are in the table below.`,
      height: (width) => (columns(width) === 1 ? 90 + 250 * found.groups.length : 430),
      draw: (width) => ({
        traces: amplificationTraces(found, board, lit),
        layout: panelAxes(found.groups, columns(width), width),
      }),
    });
  const place = el("div", {}, drawing());
  const light = selectBox(
    "Highlight",
    names.map((name) => [name, name]),
    lit,
    (name) => {
      lit = name;
      fill(place, drawing());
    },
  );
  fill(slot, light.root);
  return [
    place,
    el(
      "p",
      { class: "caption" },
      `One point per tuned cell (${count(found.points.length)}); change in mean activation at t* on the held-out probe split, and change in ${board.primary}, both tuned minus untuned. `,
      el("span", { class: "told" }, found.compared),
    ),
    amplificationTable(found),
  ];
}

function buildAmplification() {
  if (!DATA.amplified.length) return null;
  const several = new Set(DATA.amplified.map((found) => found.suite)).size > 1;
  const options = DATA.amplified.map((found, i) => [
    String(i),
    boardName(BOARDS.get(found.at)) + (several ? ` · ${found.suite}` : ""),
  ]);
  return [
    el(
      "p",
      { class: "prose" },
      "IGDS rests on the idea that training which strengthens the task's features improves the task. Each point is one tuned cell, set against the untuned model. The panels beside the first are controls: features that did not select. Where they go with the metric as strongly, the task's features explain nothing of their own.",
    ),
    picker("amplification", "Task", options, showAmplification),
  ];
}
