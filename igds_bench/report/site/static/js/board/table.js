/* Tables whose columns sort them and whose numbers explain themselves. */

/**
 * @template R the rows.
 * @typedef {Object} Column
 * @property {string} id
 * @property {string} label
 * @property {string} [hint] longer name, for the header's title.
 * @property {boolean} [num] whether it is aligned as numbers are.
 * @property {boolean} [head] whether its cells head their rows.
 * @property {(row: R) => number|string|null|undefined} [value] what rows are sorted by; without one
 *   they can't be sorted by the column.
 * @property {(row: R) => Child} cell
 * @property {(row: R) => Explanation|null} [explain]
 * @property {boolean} [falling] whether the first click sorts the largest first.
 */

/**
 * @template R
 * @typedef {Object} Sortable
 * @property {string} caption
 * @property {Column<R>[]} columns
 * @property {R[]} rows
 * @property {string} [sort] a column's id, with a minus for falling.
 * @property {(row: R, before: R|null) => string} [rowClass] `before` is the row above, in the
 *   original order.
 * @property {(sort: string) => void} [sorted]
 */

/**
 * A column's head, with a button that sorts by it.
 * @template R
 * @param {Column<R>} column
 * @param {string} sort
 * @param {(column: Column<R>) => void} turn
 */
function headCell(column, sort, turn) {
  if (!column.value) return el("th", { scope: "col", data: { column: column.id } }, column.label);
  const now =
    sort.replace("-", "") === column.id ? (sort.startsWith("-") ? "descending" : "ascending") : "none";
  const button = el(
    "button",
    { type: "button", class: "sort", title: column.hint, on: { click: () => turn(column) } },
    column.label,
    el("span", { class: "arrow", "aria-hidden": "true" }),
  );
  return el(
    "th",
    { scope: "col", class: column.num ? "num" : null, "aria-sort": now, data: { column: column.id } },
    button,
  );
}

/**
 * What is sorted by after a click on a column: its one direction, its other, and nothing.
 * @param {{id: string, falling?: boolean}} column
 * @param {string} sort
 */
function nextSort({ id, falling }, sort) {
  const [first, second] = falling ? [`-${id}`, id] : [id, `-${id}`];
  if (sort === first) return second;
  return sort === second ? "" : first;
}

/**
 * Fill the head of a table anew, with the focus where it was.
 * @param {HTMLElement} head
 * @param {HTMLElement[]} cells
 */
function fillHead(head, cells) {
  const focused = head.contains(document.activeElement) && document.activeElement?.closest("th");
  const column = focused ? focused.dataset.column : "";
  fill(head, cells);
  if (!column) return;
  /** @type {HTMLElement|null} */
  const button = head.querySelector(`[data-column="${column}"] button`);
  button?.focus();
}

/**
 * @template R
 * @param {Sortable<R>} spec
 */
function sortableTable(spec) {
  const body = el("tbody");
  const head = el("tr");
  const table = el("table", {}, el("caption", {}, el("span", {}, spec.caption)), el("thead", {}, head), body);
  /** @type {WeakMap<HTMLElement, {column: Column<R>, row: R}>} */
  const cells = new WeakMap();
  let { columns, rows, sort = "" } = spec;

  /** @param {Column<R>} column */
  function turn(column) {
    sort = nextSort(column, sort);
    draw();
    spec.sorted?.(sort);
    const order = `Sorted by ${column.label}, ${sort.startsWith("-") ? "largest" : "smallest"} first`;
    say(sort ? order : "Original order");
  }
  /** @type {(column: Column<R>, row: R) => HTMLElement} */
  function drawCell(column, row) {
    const found = column.explain?.(row)
      ? el("button", { type: "button", class: "why", tabindex: "-1" }, column.cell(row))
      : null;
    if (found) cells.set(found, { column, row });
    const props = { class: present([column.num && "num", `col-${column.id}`]).join(" ") };
    return column.head
      ? el("th", { scope: "row", ...props }, found || column.cell(row))
      : el("td", props, found || column.cell(row));
  }
  function draw() {
    fillHead(
      head,
      columns.map((column) => headCell(column, sort, turn)),
    );
    const by = columns.find((column) => column.id === sort.replace("-", ""));
    const ordered = sort ? sortRows(rows, by, sort.startsWith("-")) : rows;
    const classes = ordered.map((row, i) => spec.rowClass?.(row, sort || !i ? null : ordered[i - 1]));
    fill(
      body,
      ordered.map((row, i) =>
        el(
          "tr",
          { class: classes[i] || null },
          columns.map((column) => drawCell(column, row)),
        ),
      ),
    );
    enterByTab(body, "button.why");
  }
  explainWithin(body, "button.why", (button) => {
    const found = cells.get(button);
    return found?.column.explain?.(found.row) ?? null;
  });
  draw();
  return {
    root: el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": spec.caption }, table),
    body,
    /** @param {HTMLElement} button */
    rowOf: (button) => cells.get(button)?.row,
    /** @param {Partial<Pick<Sortable<R>, "columns"|"rows"|"sort">>} changes */
    set(changes) {
      ({ columns = columns, rows = rows, sort = sort } = changes);
      draw();
    },
  };
}

/**
 * Rows by a column's value; rows without one go last.
 * @template R
 * @param {R[]} rows
 * @param {Column<R>|undefined} column
 * @param {boolean} falling
 */
function sortRows(rows, column, falling) {
  const valueOf = column?.value;
  if (!valueOf) return rows;
  const sign = falling ? -1 : 1;
  return rows
    .map((row, at) => ({ value: valueOf(row) ?? null, at, row }))
    .sort((a, b) => {
      if (a.value === null || b.value === null)
        return a.value === b.value ? a.at - b.at : a.value === null ? 1 : -1;
      return sign * compare(a.value, b.value) || a.at - b.at;
    })
    .map(({ row }) => row);
}

/**
 * @param {number|string} a
 * @param {number|string} b
 */
function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

/**
 * A column of names, which head their rows.
 * @template R
 * @param {(row: R) => string} name
 * @returns {Column<R>}
 */
function nameColumn(name, label = "Selector") {
  return { id: "name", label, head: true, value: name, cell: name };
}
