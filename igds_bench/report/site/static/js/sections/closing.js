/* What went wrong, where the numbers come from, and how to cite them. */

function buildProblems() {
  const failed = DATA.failed.map(([cell, stage, reason]) => [cell, stage || NONE, reason]);
  return [
    DATA.problems.length
      ? [
          el(
            "p",
            { class: "prose" },
            "What was left out of the verdicts, or keeps rows without one, and why.",
          ),
          el(
            "ul",
            { class: "problems" },
            DATA.problems.map((problem) => el("li", {}, ticked(problem))),
          ),
        ]
      : el(
          "p",
          { class: "prose" },
          "No problems: every record that was found could be read, compared and judged.",
        ),
    el("h3", { id: "failures" }, "Failed cells"),
    failed.length
      ? [
          el(
            "p",
            { class: "prose" },
            "Shown, never scored: a failure counts as no result, neither as a bad one nor as a good one.",
          ),
          plainTable(`${plural(failed.length, "failed cell")}`, ["Cell", "Stage", "Reason"], failed, 3),
        ]
      : el("p", { class: "prose" }, "No cell failed."),
  ].flat();
}

function codeBlock(title, text) {
  return el(
    "div",
    { class: "code" },
    el(
      "div",
      { class: "bar" },
      el("h3", {}, title),
      el(
        "div",
        { class: "bar-end" },
        copyButton("Copy", () => text),
      ),
    ),
    el("pre", { tabindex: "0" }, el("code", {}, text)),
  );
}

function buildProvenance() {
  const found = DATA.provenance;
  const dates = found.first
    ? `Records made ${found.first === found.last ? `on ${found.first}` : `from ${found.first} to ${found.last}`}. `
    : "";
  return [
    el(
      "p",
      { class: "prose" },
      dates,
      "Every number on this page is computed from the records in this folder.",
    ),
    el("h3", {}, "Made with"),
    prose(found.made, "prose mono"),
    found.estimate ? el("p", { class: "prose" }, found.estimate) : null,
    found.data.length ? [el("h3", {}, "Data"), prose(found.data)] : null,
    found.revisions.length
      ? folded(
          "Revisions and hashes",
          plainTable(
            "Revisions and content hashes",
            ["Model or task", "What", "Revision or hash", "Records"],
            found.revisions,
            3,
          ),
        )
      : null,
    found.plugins.length
      ? folded(
          "Plugins",
          plainTable(
            "What was registered by whom",
            ["Distribution", "Selectors, models, tasks"],
            found.plugins,
            2,
          ),
        )
      : null,
    found.files.length
      ? [
          el("h3", {}, "Files beside this page"),
          el(
            "ul",
            { class: "prose" },
            found.files.map(([name, what]) => el("li", {}, el("a", { href: name }, name), `: ${what}`)),
          ),
        ]
      : null,
    found.grid
      ? [
          el(
            "p",
            { class: "prose" },
            "To run it again, save this as grid.yaml and call ",
            el("code", {}, "igds-bench run grid.yaml"),
            ".",
          ),
          codeBlock("grid.yaml", found.grid),
        ]
      : null,
  ]
    .flat()
    .filter(Boolean);
}

function buildMethods() {
  const { lines, notes, bibtex, placebos } = DATA.methods;
  const spread = DATA.boards.flatMap((board) => board.spread.map((line) => `${boardName(board)}, ${line}`));
  return [
    el(
      "div",
      { class: "bar" },
      el("p", { class: "soft" }, "Ready to be pasted in a paper."),
      el(
        "div",
        { class: "bar-end" },
        copyButton("Copy text", () => lines.join("\n\n")),
      ),
    ),
    el(
      "div",
      { class: "paper" },
      lines.map((line) => el("p", {}, ticked(line))),
    ),
    bibtex ? codeBlock("BibTeX", bibtex) : null,
    folded("How to read the numbers", prose(notes)),
    placebos.length ? folded("Placebos: how often nothing is called better", prose(placebos)) : null,
    spread.length
      ? folded("How much of random's spread comes from the draw, and how much from training", prose(spread))
      : null,
  ].filter(Boolean);
}
