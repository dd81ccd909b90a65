/* How much selectors' choices have in common, as a table whose cells are coloured. */

/**
 * @param {number} value
 * @param {number} chance
 * @param {number} reach
 */
function heatColour(value, chance, reach) {
  const weight = Math.min(1, Math.abs(value - chance) / reach);
  return `color-mix(in oklab, var(--${value > chance ? "hot" : "cold"}) ${Math.round(88 * weight)}%, var(--card))`;
}

/** @param {Data.Overlap} found */
function heatRows({ names, jaccard, chance }) {
  const others = jaccard.flatMap((row, i) => row.filter((_, j) => i !== j));
  const reach = Math.max(0.1, ...others.map((value) => Math.abs(value - chance)));
  /** @type {(i: number, j: number) => HTMLElement} */
  const cell = (i, j) =>
    el(
      "td",
      {
        tabindex: "-1",
        data: { i, j },
        css: { "background-color": heatColour(jaccard[i][j], chance, reach) },
      },
      jaccard[i][j].toFixed(2).replace(/^0/, ""),
    );
  return names.map((name, i) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, name),
      names.map((_, j) => (i === j ? el("td", { class: "self" }, "") : cell(i, j))),
    ),
  );
}

/**
 * @param {Data.Overlap} found
 * @param {number} i
 * @param {number} j
 * @returns {Explanation}
 */
function explainOverlap({ names, jaccard, order, chance }, i, j) {
  return {
    title: `Jaccard ${jaccard[i][j].toFixed(2)}`,
    lead: `${names[i]} and ${names[j]}`,
    facts: [
      ["By chance", chance.toFixed(2), "expected of two random draws"],
      ["Order", signed(order[i][j]), "Spearman's, of the places at which rows were chosen"],
    ],
  };
}

/**
 * @param {Data.Overlap} found
 * @param {string} title
 */
function heatMap(found, title) {
  const body = el("tbody", {}, heatRows(found));
  const names = found.names.map((name) => el("th", { scope: "col" }, el("span", {}, name)));
  explainWithin(body, "td[data-i]", ({ dataset }) =>
    explainOverlap(found, Number(dataset.i), Number(dataset.j)),
  );
  body.addEventListener("mouseover", (event) => {
    const cell = targetOf(event, "td[data-i]");
    names.forEach((name, j) => name.classList.toggle("lit", cell?.dataset.j === String(j)));
  });
  enterByTab(body, "td[data-i]");
  return el(
    "div",
    {},
    el(
      "div",
      {
        class: "scroll heat",
        tabindex: "0",
        role: "region",
        "aria-label": title,
      },
      el(
        "table",
        {},
        el("caption", {}, el("span", {}, title)),
        el("thead", {}, el("tr", {}, el("td"), names)),
        body,
      ),
    ),
    el(
      "p",
      { class: "scale" },
      "less in common",
      el("i", { class: "ramp", "aria-hidden": "true" }),
      `more · plain is what chance gives, ${found.chance.toFixed(2)}`,
    ),
  );
}
