/* Any section of the report: its sentences, tables, figures and code, whatever they are about. */

/**
 * A cell of a table: text, a link, or text whose end is marked.
 * @param {string|Data.Link|Data.Marked} cell
 */
function cellOf(cell) {
  if (typeof cell === "string") return cell;
  if ("url" in cell) return el("a", { href: cell.url, rel: "noreferrer noopener" }, cell.text);
  return [cell.before, el("mark", {}, cell.marked)];
}

/**
 * A table of texts.
 * @param {Data.Table} table
 * @param {string} [caption] where it has no title.
 */
function plainTable({ title, header, rows, text_columns: text }, caption = "") {
  const name = title || caption;
  /** @param {number} column */
  const kind = (column) => (column < text ? null : "num");
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": name },
    el(
      "table",
      {},
      el("caption", {}, el("span", {}, name)),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          header.map((label, i) => el("th", { scope: "col", class: kind(i) }, label)),
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
              i === 0
                ? el("th", { scope: "row", class: kind(i) }, cellOf(cell))
                : el("td", { class: kind(i) }, cellOf(cell)),
            ),
          ),
        ),
      ),
    ),
  );
}

/**
 * A heading with a button at its end.
 * @param {Node} heading
 * @param {HTMLElement} button
 */
function barred(heading, button) {
  return el("div", { class: "bar" }, heading, el("div", { class: "bar-end" }, button));
}

/**
 * Languages as they are written.
 * @type {Record<string, string>}
 */
const LANGUAGES = { bibtex: "BibTeX", yaml: "YAML" };

/**
 * @param {string} language
 * @param {string} text
 */
function codeBlock(language, text) {
  const copy = copyButton("Copy", () => text);
  return el(
    "div",
    { class: "code" },
    barred(el("h3", {}, LANGUAGES[language] ?? language), copy),
    el("pre", { tabindex: "0" }, el("code", {}, text)),
  );
}

/**
 * A text that is to be copied whole.
 * @param {string[]} lines its paragraphs.
 */
function quotable(lines) {
  const copy = copyButton("Copy text", () => lines.join("\n\n"));
  return [
    barred(el("p", { class: "soft" }, "Ready to be pasted in a paper."), copy),
    el(
      "div",
      { class: "paper" },
      lines.map((line) => el("p", {}, ticked(line))),
    ),
  ];
}

/**
 * Where a figure lies beside the page.
 * @param {Data.Figure} figure
 */
function figureLine({ stem, caption }) {
  const links = ["svg", "png", "pdf"].map((kind, i) => [
    i ? " · " : null,
    el("a", { href: `figures/${encodeURIComponent(stem)}.${kind}` }, kind.toUpperCase()),
  ]);
  return el("p", { class: "caption" }, "Figure: ", ticked(caption), " (", links, ")");
}

/** @param {Data.Section} section */
function drawSection(section) {
  const { title, lines, tables, figures, code, language } = section;
  return [
    section.quotable ? quotable(lines) : prose(lines),
    tables.map((table) => plainTable(table, title)),
    figures.map(figureLine),
    code ? codeBlock(language, code) : null,
  ];
}

/**
 * A chapter that consists of sections: the first is open, the others show their titles.
 * @param {Data.Section[]} sections
 */
function drawSections([first, ...others]) {
  return [drawSection(first), others.map((section) => folded(section.title, drawSection(section)))];
}
