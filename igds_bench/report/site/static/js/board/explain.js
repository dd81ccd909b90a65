/* What every number of the board means, for the box that hover, focus or a tap opens. */

/** @param {Entry} entry */
function rowTitle({ board, row }) {
  return `${row.selector}, ${budgetOf(row)}, ${boardName(board)}`;
}

/**
 * @param {Data.Row} row
 * @param {number} n cells.
 */
function seedsText({ draws, trainings }, n) {
  const parts = present([
    draws && plural(draws, "selection draw"),
    trainings && plural(trainings, "training seed"),
  ]);
  const uncrossed = draws && trainings && draws * trainings !== n ? ", not all crossed" : "";
  return parts.length ? parts.join(" × ") + uncrossed : "one evaluation";
}

/**
 * @param {Entry} entry
 * @param {string} name of the metric.
 * @returns {Explanation|null}
 */
function explainScore(entry, name) {
  const { board, row } = entry;
  const found = row.metrics[name];
  const metric = board.metrics.find((one) => one.name === name);
  if (!found || !metric) return null;
  const { mean, sd, n, low, high, error } = found;
  return {
    title: `${name}: ${fixed(mean)}${sd === null ? "" : ` ± ${fixed(sd)}`}`,
    lead: rowTitle(entry),
    facts: [
      ["Mean", fixed(mean), `over n = ${n} (${seedsText(row, n)})`],
      sd === null ? null : ["± standard deviation", fixed(sd), "between seeds, not an error of the mean"],
      n > 1 ? ["Range", `${fixed(low)} to ${fixed(high)}`] : null,
      error === null
        ? null
        : [
            "Error by examples",
            fixed(error),
            `standard error of one cell over ${count(metric.n)} test examples`,
          ],
      ["Direction", metric.higher_is_better ? "higher is better" : "lower is better"],
      ["Computed as", metric.signature.replaceAll("|", ", ") || name, `(version ${metric.version})`],
    ],
  };
}

/**
 * @param {Entry} entry
 * @returns {Explanation|null}
 */
function explainDifference(entry) {
  const { board, row } = entry;
  const found = row.verdict;
  if (!found) return null;
  const { low, high } = found;
  /** @type {Fact} */
  const difference = [
    "Difference",
    `${signed(found.difference)} points`,
    `of ${board.primary}, this row minus all ${board.baseline_draws} at ${row.budget}`,
  ];
  return {
    title: `Against ${board.against}: ${signed(found.difference)} ${interval(low, high)}`,
    lead: rowTitle(entry),
    facts: low === null ? [difference] : [difference, ...certainty(board, found)],
    note: low === null ? withoutVerdict(found) : null,
  };
}

/**
 * What a difference rests on.
 * @param {Data.Board} board
 * @param {Data.Verdict} found
 * @returns {Fact[]}
 */
function certainty(board, found) {
  return [
    ["95% interval", interval(found.low, found.high), "t, over seeds and test examples"],
    ["Degrees of freedom", fixed(found.df, 1), "Satterthwaite"],
    ["Error by seeds", fixed(found.se_seeds), `${found.units} and ${found.baseline_units} independent units`],
    ["Error by examples", fixed(found.se_examples), `${count(found.examples)} test examples, paired`],
    ["p, no difference", pText(found.p), "two-sided"],
    ["p after Holm", pText(found.p_holm), `family: all ${board.family} rows judged on this task and model`],
    ["p for “tied”", pText(found.p_tied), `two one-sided tests, margin ±${board.margin}`],
    ["Detectable", `${fixed(found.detectable)} points`, "with 80% power at the unadjusted 5% level"],
  ];
}

/** @param {Data.Verdict} found */
function withoutVerdict(found) {
  return isFew(found)
    ? `Fewer than 3 independent units on a side (${found.units} and ${found.baseline_units}): no interval, no verdict.`
    : "Scores vary neither over seeds nor over test examples: no interval, no verdict.";
}

/**
 * Why a verdict has its word.
 * @param {Data.Board} board
 * @param {Data.Verdict} found
 */
function reasonOf(board, found) {
  const [holm, tied] = [pText(found.p_holm), pText(found.p_tied)];
  if (found.word === "no verdict") return withoutVerdict(found);
  if (found.word === "tied")
    return `Two one-sided tests put the difference within ±${board.margin} of ${board.against} (p = ${tied}).`;
  if (found.word === "undecided")
    return `Neither shown to differ (p after Holm ${holm}) nor shown to lie within ±${board.margin} (p ${tied}). More seeds or test examples would tell: even without the correction, a difference of less than ${fixed(found.detectable, 1)} points is missed here more often than one time in five.`;
  return `p after Holm is ${holm}, at most 0.05, and the difference is in the ${found.word} direction.`;
}

/**
 * @param {Entry} entry
 * @returns {Explanation|null}
 */
function explainVerdict(entry) {
  const found = entry.row.verdict;
  if (!found) return null;
  const { word, difference, low, high } = found;
  const to = word === "tied" ? "with" : word === "better" || word === "worse" ? "than" : "against";
  return {
    title: `${word} ${to} ${entry.board.against}`,
    lead: rowTitle(entry),
    facts: [["Difference", `${signed(difference)} ${interval(low, high)}`]],
    note: reasonOf(entry.board, found),
  };
}

/**
 * Rows of the same budget that share a tie letter.
 * @param {Entry} entry
 */
function kinOf({ board, row }) {
  const letters = row.rank?.group ?? "";
  return board.rows.filter(
    (other) =>
      other !== row &&
      other.budget === row.budget &&
      other.rank &&
      [...other.rank.group].some((letter) => letters.includes(letter)),
  );
}

/**
 * @param {Entry} entry
 * @returns {Explanation|null}
 */
function explainRank(entry) {
  const { board, row } = entry;
  if (!row.rank) return null;
  const { place, low, high, group } = row.rank;
  const peers = board.rows.filter((other) => other.budget === row.budget && other.rank).length;
  const kin = kinOf(entry);
  return {
    title: `Rank ${place} of ${peers}, between ${low} and ${high}`,
    lead: rowTitle(entry),
    facts: [
      ["Rank interval", `${low} to ${high}`, "95%, bootstrap over seeds and test examples"],
      ["Tie group", group, "rows that share a letter can't be told apart"],
    ],
    note: kin.length
      ? `Not told apart from: ${kin.map((other) => other.selector).join(", ")}.`
      : "Told apart from every other row at this budget.",
  };
}

/**
 * How many examples a row was given.
 * @param {Data.Row} row
 * @returns {Fact|null}
 */
function chosenFact({ chosen }) {
  return chosen && ["Chosen", count(chosen.n), `of ${count(chosen.pool)} pool examples`];
}

/**
 * @param {Entry} entry
 * @returns {Explanation|null}
 */
function explainSeeds(entry) {
  const { board, row } = entry;
  const found = row.metrics[board.primary];
  if (!found) return null;
  return {
    title: plural(found.n, "cell"),
    lead: rowTitle(entry),
    facts: [["Seeds", seedsText(row, found.n)], chosenFact(row)],
  };
}

/**
 * @param {Entry} entry
 * @returns {Explanation|null}
 */
function explainTokens(entry) {
  const { row } = entry;
  if (row.tokens === null) return null;
  return {
    title: `${count(row.tokens)} training tokens`,
    lead: rowTitle(entry),
    facts: [
      ["Tokens", count(row.tokens), "prompt and response of the chosen examples, mean over selections"],
      chosenFact(row),
    ],
  };
}

/**
 * @param {Entry} entry
 * @returns {Explanation|null}
 */
function explainCompute(entry) {
  const { row } = entry;
  if (row.reference === "untuned") return null;
  return {
    title: `${flops(totalFlops(row))} FLOPs in total`,
    lead: rowTitle(entry),
    facts: [
      ["Selection", flops(row.flops.selection), seconds(row.seconds.selection)],
      ["Training", flops(row.flops.training), seconds(row.seconds.training)],
    ],
    note: "FLOPs are counted from shapes, per cell. Selection charges all stages that the selector asks for, as if it had run alone; a row matched to a selector pays for training only.",
  };
}

/**
 * @param {Entry} entry
 * @returns {Explanation|null}
 */
function explainAmplification(entry) {
  const found = entry.row.amplification;
  if (!found) return null;
  return {
    title: `Task features: ${signed(found.change, 3)}`,
    lead: rowTitle(entry),
    facts: [
      ["Untuned", fixed(found.before, 3), "summed mean activation at t*"],
      ["Tuned", fixed(found.after, 3)],
      ["Measured on", `${count(found.prompts)} probe prompts`, "that no selector saw"],
      ["SAE suite", found.suites.join(", ")],
    ],
  };
}
