/* Elements, numbers and the page's data. Text goes into text nodes only, never into markup. */

/** All that the page shows; its parts are made in `igds_bench/report/site/payload/`. */
const DATA = JSON.parse(document.getElementById("payload").textContent);

/**
 * Make an element.
 * @param {string} tag
 * @param {Object<string, any>} [props] attributes; `on` maps events to handlers, `data` is dataset.
 * @param {...(Node|string|number|null|undefined|Array)} children
 * @returns {HTMLElement}
 */
function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "css") for (const [key, set] of Object.entries(value)) node.style.setProperty(key, set);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(
    ...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return node;
}

/** Replace all children of a node. */
function fill(node, ...children) {
  node.replaceChildren(...children.flat(3).filter((child) => child !== null && child !== undefined));
  return node;
}

/** Say something to screen readers without moving the focus. */
function say(text) {
  document.getElementById("said").textContent = text;
}

const MINUS = "−";
const NONE = "–";

/** A number with fixed decimals and a real minus sign. */
function fixed(value, digits = 2) {
  if (value === null || value === undefined) return NONE;
  return value.toFixed(digits).replace("-", MINUS);
}

/** Likewise, with its sign. */
function signed(value, digits = 2) {
  if (value === null || value === undefined) return NONE;
  return (value > 0 ? "+" : "") + fixed(value, digits);
}

/** `[low, high]`, or nothing where no interval is warranted. */
function interval(low, high, show = signed) {
  return low === null || high === null || low === undefined ? "" : `[${show(low)}, ${show(high)}]`;
}

/** A p value, with a floor below which only its size matters. */
function pText(p) {
  if (p === null || p === undefined) return NONE;
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** A whole number with thousands separators. */
function count(value) {
  return value === null || value === undefined ? NONE : Math.round(value).toLocaleString("en-US");
}

/** Operations with a prefix: 3.1 T for 3.1e12. */
function flops(value) {
  if (!value) return value === 0 ? "0" : NONE;
  const sizes = [
    [1e21, "Z"],
    [1e18, "E"],
    [1e15, "P"],
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
  ];
  const [size, prefix] = sizes.find(([least]) => value >= least) || [1, ""];
  return `${Number((value / size).toPrecision(3))} ${prefix}`.trim();
}

/** Seconds, or minutes where there are many. */
function seconds(value) {
  if (value === null || value === undefined) return NONE;
  return value < 120 ? `${value.toFixed(1)} s` : `${(value / 60).toFixed(1)} min`;
}

/** A share as percent. */
function percent(share, digits = 0) {
  return share === null || share === undefined ? NONE : `${(100 * share).toFixed(digits)}%`;
}

/** `1 row`, `2 rows`. */
function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** Boards by their id. */
const BOARDS = new Map(DATA.boards.map((board) => [board.id, board]));
const SEVERAL_MODELS = new Set(DATA.boards.map((board) => board.model)).size > 1;

/** A board's name: the task, and the model where there are several. */
function boardName(board) {
  return SEVERAL_MODELS ? `${board.task} · ${board.model}` : board.task;
}

/** What a row's budget is called. */
function budgetOf(row) {
  return row.b || (row.s === "full" ? "100%" : NONE);
}
