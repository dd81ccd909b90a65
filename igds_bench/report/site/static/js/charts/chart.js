/* Charts: drawn when they come near the window, in the colours of the page, redrawn with its theme. */

const charts = new Set();
const near = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) entry.target.drawChart?.();
  },
  { rootMargin: "500px 0px" },
);

/** A colour of the page. */
function ink(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Colours by place, readable on both themes and by the colour-blind; shapes repeat the message. */
const HUES = 8;
const SYMBOLS = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "x", "star"];
function hue(i) {
  return ink(`hue-${i % HUES}`);
}
function symbol(i) {
  return SYMBOLS[(i + Math.floor(i / HUES)) % SYMBOLS.length];
}

/** A colour with less weight, for bands. */
function faint(colour, share) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgba(${r}, ${g}, ${b}, ${share})`;
}

/** Text for plotly, which reads some tags in labels. */
function plainText(text) {
  return String(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("%{", "% {");
}

/** An axis as all charts have it. */
function axis(title, more = {}) {
  return {
    title: { text: plainText(title), standoff: 10, font: { size: 12.5, color: ink("soft") } },
    gridcolor: ink("line"),
    linecolor: ink("line"),
    zeroline: false,
    automargin: true,
    tickfont: { size: 11.5, color: ink("soft") },
    fixedrange: true,
    ...more,
  };
}

/** The layout that all charts share. */
function layoutOf(more) {
  return {
    margin: { l: 52, r: 16, t: 12, b: 44 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12.5, color: ink("ink") },
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

/**
 * A figure with a chart in a box of fixed height, so that nothing moves when it is drawn.
 * @param {{label: string, height?: (width: number) => number, caption?: string,
 *   draw: (width: number) => {traces: any[], layout: any}}} spec
 */
function chart(spec) {
  const box = el("div", { class: "chart", role: "img", "aria-label": spec.label });
  const width = () => box.clientWidth || 600;
  const height = () => (spec.height ? spec.height(width()) : 380);
  box.style.height = `${spec.height ? spec.height(Math.min(innerWidth - 32, 1100)) : 380}px`;
  box.drawChart = () => {
    if (!window.Plotly) {
      whenCharts.push(box.drawChart);
      return;
    }
    near.unobserve(box);
    charts.add(box);
    box.style.height = `${height()}px`;
    const { traces, layout } = spec.draw(width());
    window.Plotly.react(
      box,
      traces,
      { ...layoutOf(layout), width: width(), height: height() },
      {
        displayModeBar: false,
        displaylogo: false,
        doubleClick: false,
        scrollZoom: false,
      },
    );
  };
  near.observe(box);
  return el("figure", {}, box, spec.caption ? el("figcaption", {}, spec.caption) : null);
}

const whenCharts = [];
addEventListener("load", () => {
  for (const draw of whenCharts.splice(0)) draw();
});

/** Draw all charts again: the theme or the width has changed. */
function redrawCharts() {
  for (const box of charts) {
    if (box.isConnected) box.drawChart();
    else {
      window.Plotly.purge(box);
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

/** What a row is to a chart: controls and references stay in the background. */
function roleOf(row) {
  if (row.s === "random") return "random";
  if (row.matched) return "matched";
  return row.kind === "contender" ? "selector" : row.kind;
}
