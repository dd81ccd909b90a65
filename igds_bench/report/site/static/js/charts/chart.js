/* Charts: drawn when they come near the window, in the colours of the page, redrawn with its theme. */

/**
 * What draws a chart, by its box.
 * @type {WeakMap<Element, () => void>}
 */
const drawings = new WeakMap();
/**
 * Boxes whose chart is drawn.
 * @type {Set<HTMLElement>}
 */
const charts = new Set();
const near = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) drawings.get(entry.target)?.();
  },
  { rootMargin: "500px 0px" },
);

/**
 * A colour of the page.
 * @param {string} name
 */
function ink(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Colours by place, readable on both themes and by the colour-blind; shapes repeat the message. */
const HUES = 8;
const SYMBOLS = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "x", "star"];

/** @param {number} i */
function hue(i) {
  return ink(`hue-${i % HUES}`);
}

/** @param {number} i */
function symbol(i) {
  return SYMBOLS[(i + Math.floor(i / HUES)) % SYMBOLS.length];
}

/**
 * A colour with less weight, for bands.
 * @param {string} colour
 * @param {number} share
 */
function faint(colour, share) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgba(${r}, ${g}, ${b}, ${share})`;
}

/**
 * Text for plotly, which reads some tags in labels.
 * @param {string} text
 */
function plainText(text) {
  return String(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("%{", "% {");
}

/**
 * An axis as all charts have it.
 * @param {string} title
 */
function axis(title, more = {}) {
  return {
    title: {
      text: plainText(title),
      standoff: 10,
      font: { size: 12.5, color: ink("soft") },
    },
    gridcolor: ink("line"),
    linecolor: ink("line"),
    zeroline: false,
    automargin: true,
    tickfont: { size: 11.5, color: ink("soft") },
    fixedrange: true,
    ...more,
  };
}

/**
 * Bars from values to the ends of their intervals, none where those are not known.
 * @param {Data.Estimate[]} found
 */
function errorBars(found, more = {}) {
  return {
    type: "data",
    symmetric: false,
    array: found.map(({ value, high }) => (high === null || value === null ? 0 : high - value)),
    arrayminus: found.map(({ value, low }) => (low === null || value === null ? 0 : value - low)),
    ...more,
  };
}

/**
 * The layout that all charts share.
 * @param {object} more
 */
function layoutOf(more) {
  return {
    margin: { l: 52, r: 16, t: 12, b: 44 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: {
      family: getComputedStyle(document.body).fontFamily,
      size: 12.5,
      color: ink("ink"),
    },
    hoverlabel: {
      bgcolor: ink("tip"),
      bordercolor: ink("edge"),
      font: { color: ink("ink"), size: 12.5 },
      align: "left",
    },
    legend: {
      orientation: "h",
      x: 0,
      y: 1.02,
      yanchor: "bottom",
      font: { size: 12.5 },
      bgcolor: "rgba(0,0,0,0)",
    },
    hovermode: "closest",
    dragmode: false,
    ...more,
  };
}

/** What readers may do with a chart. */
const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  doubleClick: false,
  scrollZoom: false,
};

/**
 * A figure with a chart in a box of fixed height, so that nothing moves when it is drawn.
 * @param {{label: string, height?: (width: number) => number, caption?: string,
 *   draw: (width: number) => {traces: Trace[], layout: object}}} spec
 */
function chart(spec) {
  const heightAt = spec.height ?? (() => 380);
  const box = el("div", {
    class: "chart",
    role: "img",
    "aria-label": spec.label,
  });
  box.style.height = `${heightAt(Math.min(innerWidth - 32, 1100))}px`;
  const draw = () => {
    if (!window.Plotly) {
      whenCharts.push(draw);
      return;
    }
    near.unobserve(box);
    charts.add(box);
    const width = box.clientWidth || 600;
    const height = heightAt(width);
    box.style.height = `${height}px`;
    const { traces, layout } = spec.draw(width);
    window.Plotly.react(box, traces, { ...layoutOf(layout), width, height }, CONFIG);
  };
  drawings.set(box, draw);
  near.observe(box);
  return el("figure", {}, box, spec.caption ? el("figcaption", {}, spec.caption) : null);
}

/** @type {(() => void)[]} */
const whenCharts = [];
addEventListener("load", () => {
  for (const draw of whenCharts.splice(0)) draw();
});

/** Draw all charts again: the theme or the width has changed. */
function redrawCharts() {
  for (const box of charts) {
    if (box.isConnected) drawings.get(box)?.();
    else {
      window.Plotly?.purge(box);
      charts.delete(box);
    }
  }
}

let lastWidth = innerWidth;
let resizing = 0;
addEventListener("resize", () => {
  if (innerWidth === lastWidth) return;
  lastWidth = innerWidth;
  clearTimeout(resizing);
  resizing = setTimeout(redrawCharts, 120);
});
