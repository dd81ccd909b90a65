/* Did training that amplified the task's features also improve the metric? With controls beside it. */

/** How cells are drawn, by the part of their row; the baseline goes by its label. */
const POINT_LOOKS = [
  {
    part: "control",
    name: "controls",
    colour: "muted",
    shape: "circle-open",
    lit: false,
  },
  {
    part: "reference",
    name: "references",
    colour: "soft",
    shape: "square-open",
    lit: false,
  },
  {
    part: "contender",
    name: "selectors",
    colour: "hue-5",
    shape: "circle",
    lit: false,
  },
  {
    part: "baseline",
    name: "",
    colour: "ink",
    shape: "diamond",
    lit: false,
  },
];

/**
 * The selector to look at first: the best contender at the largest budget, of those that read the
 * SAE suite if there are any.
 * @param {Data.Amplification} found
 * @param {Data.Board} board
 * @param {string[]} names of the selectors with points.
 */
function firstLit({ suite }, board, names) {
  const rows = board.rows.filter((row) => partOf(board, row) === "contender" && names.includes(row.selector));
  const reading = rows.filter((row) => row.saes === suite);
  const among = reading.length ? reading : rows;
  const most = Math.max(...among.map((row) => row.share));
  // Rows of one budget stand best first.
  return among.find((row) => row.share === most)?.selector ?? names[0];
}

/**
 * The axes of one panel for each group, in as many columns.
 * @param {Data.Group[]} groups
 * @param {number} columns
 */
function panelAxes(groups, columns) {
  const gap = columns > 1 ? 0.05 : 0;
  const rows = Math.ceil(groups.length / columns);
  const titleGap = rows > 1 ? 0.11 : 0;
  const [wide, high] = [(1 - gap * (columns - 1)) / columns, (1 - titleGap * (rows - 1)) / rows];
  const zero = { zeroline: true, zerolinecolor: ink("edge") };
  return Object.fromEntries(
    groups.flatMap((group, i) => {
      const key = i ? i + 1 : "";
      const left = (i % columns) * (wide + gap);
      const bottom = 1 - Math.floor(i / columns) * (high + titleGap) - high;
      const first = i % columns === 0;
      const x = { domain: [left, left + wide], anchor: `y${key}`, ...zero };
      const y = {
        domain: [bottom, bottom + high],
        anchor: `x${key}`,
        matches: i && columns > 1 ? "y" : undefined,
        showticklabels: first,
        ...zero,
      };
      return [
        [`xaxis${key}`, axis(group.name, x)],
        [`yaxis${key}`, axis(first ? "change in the metric" : "", y)],
      ];
    }),
  );
}

/**
 * The cells of one part in one panel.
 * @param {Data.Point[]} own
 * @param {number} i place of the panel.
 * @param {typeof POINT_LOOKS[number]} look
 */
function pointTrace(own, i, { part, name, colour, shape, lit }) {
  return {
    x: own.map((point) => point.changes[i]),
    y: own.map((point) => point.metric),
    xaxis: `x${i ? i + 1 : ""}`,
    yaxis: `y${i ? i + 1 : ""}`,
    mode: "markers",
    name: plainText(name),
    legendgroup: part,
    showlegend: i === 0,
    marker: {
      color: ink(colour),
      symbol: shape,
      size: lit ? 9 : 6.5,
      opacity: lit ? 1 : 0.7,
      line: { width: shape.endsWith("open") ? 1.2 : 0, color: ink(colour) },
    },
    text: own.map(
      ({ selector, changes, metric }) =>
        `<b>${plainText(selector)}</b><br>features ${signed(changes[i])}, metric ${signed(metric)}`,
    ),
    hovertemplate: "%{text}<extra></extra>",
  };
}

/**
 * @param {Data.Amplification} found
 * @param {Data.Board} board
 * @param {string} lit the selector that is highlighted.
 * @returns {Trace[]}
 */
function amplificationTraces(found, board, lit) {
  const parts = new Map(board.rows.map((row) => [row.selector, partOf(board, row)]));
  const looks = [
    ...POINT_LOOKS,
    {
      part: "lit",
      name: lit,
      colour: "hue-1",
      shape: "triangle-up",
      lit: true,
    },
  ];
  return found.groups.flatMap((_, i) =>
    looks.flatMap((look) => {
      const own = found.points.filter(
        ({ selector, changes }) =>
          changes[i] !== null &&
          (selector === lit ? look.lit : !look.lit && parts.get(selector) === look.part),
      );
      return own.length ? [pointTrace(own, i, { ...look, name: look.name || board.baseline })] : [];
    }),
  );
}

/** @param {Data.Amplification} found */
function amplificationTable(found) {
  const none = { name: "none warranted", value: null, low: null, high: null };
  return sortableTable({
    caption: "How activation goes with the metric: coefficients with 95% bootstrap intervals over cells",
    rows: found.groups.flatMap((group) =>
      (group.coefficients.length ? group.coefficients : [none]).map((one) => ({
        ...one,
        group,
      })),
    ),
    columns: [
      nameColumn((row) => row.group.name, "Features"),
      {
        id: "coefficient",
        label: "Coefficient",
        value: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        id: "value",
        label: "Value [95%]",
        num: true,
        falling: true,
        value: (row) => row.value,
        cell: (row) =>
          row.value === null
            ? NONE
            : withBar(signed(row.value), interval(row.low, row.high), intervalBar(row, [-1, 1])),
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

/**
 * @param {string} key
 * @param {HTMLElement} slot
 */
function showAmplification(key, slot) {
  const found = DATA.amplification[Number(key)];
  const board = boardOf(found.board);
  const names = [...new Set(found.points.map(({ selector }) => selector))].sort();
  const first = firstLit(found, board, names);
  /** @param {number} width */
  const columns = (width) => (width < 640 ? 1 : found.groups.length);
  const groups = found.groups.map((group) => group.name).join(", ");
  /** @param {string} lit */
  const drawing = (lit) =>
    chart({
      label: `Change in ${board.primary} against change in activation, one point per tuned cell, for ${groups}; coefficients are in the table below.`,
      height: (width) => (columns(width) === 1 ? 90 + 250 * found.groups.length : 430),
      draw: (width) => ({
        traces: amplificationTraces(found, board, lit),
        layout: {
          ...panelAxes(found.groups, columns(width)),
          showlegend: true,
        },
      }),
    });
  const place = el("div", {}, drawing(first));
  const light = selectBox(
    "Highlight",
    names.map((name) => [name, name]),
    first,
    (name) => fill(place, drawing(name)),
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
  if (!DATA.amplification.length) return null;
  const several = new Set(DATA.amplification.map((found) => found.suite)).size > 1;
  /** @type {Option[]} */
  const options = DATA.amplification.map((found, i) => [
    String(i),
    boardName(boardOf(found.board)) + (several ? ` · ${found.suite}` : ""),
  ]);
  return [
    el(
      "p",
      { class: "prose" },
      "Selecting by features rests on the idea that training which strengthens the task's features improves the task. Each point is one tuned cell, set against the untuned model. The panels beside the first are controls: features that did not select. Where they go with the metric as strongly, the task's features explain nothing of their own.",
    ),
    picker("amplification", "Task", options, showAmplification),
  ];
}
