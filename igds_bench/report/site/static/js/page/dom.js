/* Elements, numbers and the page's data. Text goes into text nodes only, never into markup. */

/**
 * An element of the page's template.
 * @param {string} id
 */
function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element #${id}.`);
  return found;
}

/**
 * All that the page shows; its parts are made in `igds_bench/report/site/payload/`.
 * @type {Data.Payload}
 */
const DATA = JSON.parse(byId("payload").textContent);

/**
 * Make an element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props] attributes; `on` maps events to handlers, `data` is dataset, `css` is style.
 * @param {...Child} children
 */
function el(tag, props = {}, ...children) {
  const { on = {}, data = {}, css = {}, ...attributes } = props;
  const node = document.createElement(tag);
  for (const [event, run] of Object.entries(on)) node.addEventListener(event, run);
  for (const [key, value] of Object.entries(data)) node.dataset[key] = String(value);
  for (const [key, value] of Object.entries(css)) node.style.setProperty(key, String(value));
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...nodesOf(children));
  return node;
}

/**
 * Children without the gaps that conditions leave among them.
 * @param {Child[]} children
 * @returns {(Node|string)[]}
 */
function nodesOf(children) {
  return children.flatMap((child) => {
    if (Array.isArray(child)) return nodesOf(child);
    if (child === null || child === undefined || child === false) return [];
    return [child instanceof Node ? child : String(child)];
  });
}

/**
 * Replace all children of a node.
 * @param {Element} node
 * @param {...Child} children
 */
function fill(node, ...children) {
  node.replaceChildren(...nodesOf(children));
}

/**
 * The items that are there, of a list with gaps.
 * @template T
 * @param {(T|null|undefined|false|0|"")[]} items
 * @returns {T[]}
 */
function present(items) {
  return items.flatMap((item) => (item ? [item] : []));
}

/**
 * Numbers without those that are not known.
 * @param {(number|null)[]} values
 */
function known(values) {
  return values.filter((value) => value !== null);
}

/**
 * Say something to screen readers without moving the focus.
 * @param {string} text
 */
function say(text) {
  byId("said").textContent = text;
}

const MINUS = "−";
const NONE = "–";

/** @typedef {number|null|undefined} Maybe a number that may not be known. */

/**
 * A number with fixed decimals and a real minus sign.
 * @param {Maybe} value
 */
function fixed(value, digits = 2) {
  if (value === null || value === undefined) return NONE;
  return value.toFixed(digits).replace("-", MINUS);
}

/**
 * Likewise, with its sign.
 * @param {Maybe} value
 */
function signed(value, digits = 2) {
  if (value === null || value === undefined) return NONE;
  return (value > 0 ? "+" : "") + fixed(value, digits);
}

/**
 * `[low, high]`, or nothing where no interval is warranted.
 * @param {Maybe} low
 * @param {Maybe} high
 * @param {(value: number) => string} show
 */
function interval(low, high, show = signed) {
  if (low === null || low === undefined || high === null || high === undefined) return "";
  return `[${show(low)}, ${show(high)}]`;
}

/**
 * A p value, with a floor below which only its size matters.
 * @param {Maybe} p
 */
function pText(p) {
  if (p === null || p === undefined) return NONE;
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/**
 * A whole number with thousands separators.
 * @param {Maybe} value
 */
function count(value) {
  return value === null || value === undefined ? NONE : Math.round(value).toLocaleString("en-US");
}

/** @type {[number, string][]} */
const PREFIXES = [
  [1e21, "Z"],
  [1e18, "E"],
  [1e15, "P"],
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
];

/**
 * Operations with a prefix: 3.1 T for 3.1e12.
 * @param {number} value
 */
function flops(value) {
  const [size, prefix] = PREFIXES.find(([least]) => value >= least) || [1, ""];
  return `${Number((value / size).toPrecision(3))} ${prefix}`.trim();
}

/**
 * Seconds, or minutes where there are many.
 * @param {number} value
 */
function seconds(value) {
  return value < 120 ? `${value.toFixed(1)} s` : `${(value / 60).toFixed(1)} min`;
}

/**
 * A share as percent.
 * @param {Maybe} share
 */
function percent(share, digits = 0) {
  return share === null || share === undefined ? NONE : `${(100 * share).toFixed(digits)}%`;
}

/**
 * `1 row`, `2 rows`.
 * @param {number} n
 * @param {string} one
 */
function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}
