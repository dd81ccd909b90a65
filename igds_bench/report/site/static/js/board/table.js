/* Tables: sortable ones whose numbers explain themselves, and plain ones. */

/**
 * @typedef {Object} Column
 * @property {string} id
 * @property {string} label
 * @property {string} [hint] longer name, for the header's title.
 * @property {boolean} [num] whether it is aligned as numbers are.
 * @property {boolean} [head] whether its cells head their rows.
 * @property {(row: any) => number|string|null} [value] what rows are sorted by.
 * @property {boolean} [plain] whether it can't be sorted by.
 * @property {(row: any) => Node|string|Array} cell
 * @property {(row: any) => Explanation|null} [explain]
 * @property {boolean} [falling] whether the first click sorts the largest first.
 */

/**
 * @param {{caption: string, columns: Column[], rows: any[], sort?: string, rowClass?: Function,
 *   sorted?: (sort: string) => void}} spec `sort` is a column's id, with a minus for falling.
 */
function sortableTable(spec) {
  const body = el("tbody");
  const head = el("tr");
  const table = el("table", {}, el("caption", {}, el("span", {}, spec.caption)), el("thead", {}, head), body);
  const cells = new WeakMap();
  let { columns, rows, sort = "" } = spec;

  function drawHead() {
    const focused =
      head.contains(document.activeElement) && document.activeElement.closest("th").dataset.column;
    fill(
      head,
      columns.map((column) => {
        if (column.plain) return el("th", { scope: "col", data: { column: column.id } }, column.label);
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
      }),
    );
    if (focused) head.querySelector(`[data-column="${focused}"] button`)?.focus();
  }
  function turn(column) {
    const first = column.falling ? `-${column.id}` : column.id;
    const second = column.falling ? column.id : `-${column.id}`;
    sort = sort === first ? second : sort === second ? "" : first;
    draw();
    spec.sorted?.(sort);
    say(
      sort
        ? `Sorted by ${column.label}, ${sort.startsWith("-") ? "largest" : "smallest"} first`
        : "Original order",
    );
  }
  function drawCell(column, row) {
    const found = column.explain?.(row)
      ? el("button", { type: "button", class: "why", tabindex: "-1" }, column.cell(row))
      : null;
    if (found) cells.set(found, [column, row]);
    const props = { class: [column.num && "num", `col-${column.id}`].filter(Boolean).join(" ") };
    return column.head
      ? el("th", { scope: "row", ...props }, found || column.cell(row))
      : el("td", props, found || column.cell(row));
  }
  function draw() {
    drawHead();
    const ordered = sort
      ? sortRows(
          rows,
          columns.find((c) => c.id === sort.replace("-", "")),
          sort.startsWith("-"),
        )
      : rows;
    fill(
      body,
      ordered.map((row, i) =>
        el(
          "tr",
          { class: spec.rowClass?.(row, sort ? null : ordered[i - 1]) || null },
          columns.map((column) => drawCell(column, row)),
        ),
      ),
    );
    enterByTab(body, "button.why");
  }
  explainWithin(body, "button.why", (button) => {
    const [column, row] = cells.get(button) || [];
    return column ? column.explain(row) : null;
  });
  draw();
  return {
    root: el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": spec.caption }, table),
    body,
    rowOf: (button) => cells.get(button)?.[1],
    set(changes) {
      ({ columns = columns, rows = rows, sort = sort } = changes);
      draw();
    },
  };
}

/** Rows by a column's value; rows without one go last. */
function sortRows(rows, column, falling) {
  if (!column) return rows;
  const sign = falling ? -1 : 1;
  return rows
    .map((row, at) => [column.value(row), at, row])
    .sort(([a, i], [b, j]) => {
      if (a === null || a === undefined || b === null || b === undefined)
        return (a ?? null) === (b ?? null) ? i - j : (a ?? null) === null ? 1 : -1;
      const order = typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b;
      return sign * order || i - j;
    })
    .map(([, , row]) => row);
}

/** A table of texts; the first `text` columns are words, the others numbers. */
function plainTable(caption, header, rows, text = 1) {
  const kind = (column) => (column < text ? null : "num");
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", {}, el("span", {}, caption)),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          header.map((name, i) => el("th", { scope: "col", class: kind(i) }, name)),
        ),
      ),
      el(
        "tbody",
        {},
        rows.map((row) =>
          el(
            "tr",
            {},
            row.map((cell, i) =>
              i === 0 ? el("th", { scope: "row", class: kind(i) }, cell) : el("td", { class: kind(i) }, cell),
            ),
          ),
        ),
      ),
    ),
  );
}

/** What is rarely needed, folded. */
function folded(title, ...children) {
  return el("details", {}, el("summary", {}, title), ...children);
}

/**
 * An interval on a line: zero, what counts as tied, the interval, the value.
 * @param {[number, number]} range ends of the line.
 */
function intervalBar(value, low, high, range, margin = 0, word = "") {
  const place = (x) =>
    `${(100 * (Math.min(Math.max(x, range[0]), range[1]) - range[0])) / (range[1] - range[0] || 1)}%`;
  const between = (a, b, name) => {
    const left = parseFloat(place(a));
    return el("i", { class: name, css: { left: `${left}%`, width: `${parseFloat(place(b)) - left}%` } });
  };
  return el(
    "span",
    { class: `ci ${word.replace(" ", "-")}`, "aria-hidden": "true" },
    margin ? between(-margin, margin, "ci-margin") : null,
    range[0] < 0 && range[1] > 0 ? el("i", { class: "ci-zero", css: { left: place(0) } }) : null,
    low === null || high === null ? null : between(low, high, "ci-reach"),
    el("i", { class: "ci-dot", css: { left: place(value) } }),
  );
}
