/* What went wrong: problems of the records, and cells without a result. */

function problemList() {
  if (!DATA.problems.length)
    return el(
      "p",
      { class: "prose" },
      "No problems: every record that was found could be read, compared and judged.",
    );
  return [
    el("p", { class: "prose" }, "What was left out of the verdicts, or keeps rows without one, and why."),
    el(
      "ul",
      { class: "problems" },
      DATA.problems.map((problem) => el("li", {}, ticked(problem))),
    ),
  ];
}

function failureTable() {
  if (!DATA.failures.length) return el("p", { class: "prose" }, "No cell failed.");
  return [
    el(
      "p",
      { class: "prose" },
      "Shown, never scored: a failure counts as no result, neither as a bad one nor as a good one.",
    ),
    plainTable({
      title: plural(DATA.failures.length, "failed cell"),
      header: ["Cell", "Stage", "Reason"],
      rows: DATA.failures.map(({ cell, stage, reason }) => [cell, stage || NONE, reason]),
      text_columns: 3,
    }),
  ];
}

function buildProblems() {
  return [problemList(), el("h3", { id: "failures" }, "Failed cells"), failureTable()];
}
