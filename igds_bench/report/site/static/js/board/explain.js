/* What every number of the board means, for the box that hover, focus or a tap opens. */

/** @typedef {{board: any, row: any}} Entry a row of the table with its board. */

function rowTitle({ board, row }) {
  return `${row.s}, ${budgetOf(row)}, ${boardName(board)}`;
}

function seedsText(row, n) {
  const parts = [];
  if (row.draws) parts.push(plural(row.draws, "selection draw"));
  if (row.trainings) parts.push(plural(row.trainings, "training seed"));
  return parts.length
    ? `${parts.join(" × ")}${row.draws && row.trainings && row.draws * row.trainings !== n ? ", not all crossed" : ""}`
    : "one evaluation";
}

function explainScore(entry, name) {
  const { board, row } = entry;
  const found = row.m[name];
  if (!found) return null;
  const metric = board.metrics.find((one) => one.name === name);
  const [mean, sd, n, low, high, error] = found;
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
      ["Direction", metric.higher ? "higher is better" : "lower is better"],
      ["Computed as", metric.signature.replaceAll("|", ", ") || name, `(version ${metric.version})`],
    ],
  };
}

function explainDifference(entry) {
  const { board, row } = entry;
  const v = row.v;
  if (!v) return null;
  const known = v.lo !== null;
  return {
    title: `Against random: ${signed(v.d)} ${interval(v.lo, v.hi)}`,
    lead: rowTitle(entry),
    facts: [
      [
        "Difference",
        `${signed(v.d)} points`,
        `of ${board.primary}, this row minus all random draws at ${row.b}`,
      ],
      known ? ["95% interval", interval(v.lo, v.hi), "t, over seeds and test examples"] : null,
      known ? ["Degrees of freedom", fixed(v.df, 1), "Satterthwaite"] : null,
      known ? ["Error by seeds", fixed(v.ss), `${v.u[0]} and ${v.u[1]} independent units`] : null,
      known ? ["Error by examples", fixed(v.se), `${count(v.ex)} test examples, paired`] : null,
      known ? ["p, no difference", pText(v.p), "two-sided"] : null,
      known
        ? ["p after Holm", pText(v.ph), `family: all ${board.family} rows judged on this task and model`]
        : null,
      known
        ? ["p for “tied”", pText(v.pt), `two one-sided tests, margin ±${v.margin ?? board.margin}`]
        : null,
      known ? ["Detectable", `${fixed(v.det)} points`, "with 80% power at the unadjusted 5% level"] : null,
    ],
    note: known
      ? null
      : withoutVerdict(v),
  };
}

function withoutVerdict(v) {
  return Math.min(...v.u) < 3
    ? `Fewer than 3 independent units on a side (${v.u[0]} and ${v.u[1]}): no interval, no verdict.`
    : "Scores vary neither over seeds nor over test examples: no interval, no verdict.";
}

function explainVerdict(entry) {
  const { board, row } = entry;
  const v = row.v;
  if (!v) return null;
  const reasons = {
    better: `p after Holm is ${pText(v.ph)}, at most 0.05, and the difference is in the better direction.`,
    worse: `p after Holm is ${pText(v.ph)}, at most 0.05, and the difference is in the worse direction.`,
    tied: `Two one-sided tests put the difference within ±${board.margin} of random (p = ${pText(v.pt)}).`,
    undecided: `Neither shown to differ (p after Holm ${pText(v.ph)}) nor shown to lie within ±${board.margin} (p ${pText(v.pt)}). More seeds or test examples would tell: even without the correction, a difference of less than ${fixed(v.det, 1)} points is missed here more often than one time in five.`,
    "no verdict": withoutVerdict(v),
  };
  return {
    title: `${v.w} ${v.w === "tied" ? "with" : v.w === "better" || v.w === "worse" ? "than" : "against"} random`,
    lead: rowTitle(entry),
    facts: [["Difference", `${signed(v.d)} ${interval(v.lo, v.hi)}`]],
    note: reasons[v.w],
  };
}

/** Rows of the same budget that share a tie letter. */
function kinOf({ board, row }) {
  if (!row.r) return [];
  return board.rows.filter(
    (other) =>
      other !== row &&
      other.b === row.b &&
      other.r &&
      [...other.r[3]].some((letter) => row.r[3].includes(letter)),
  );
}

function explainRank(entry) {
  const { board, row } = entry;
  if (!row.r) return null;
  const [place, low, high, letters] = row.r;
  const peers = board.rows.filter((other) => other.b === row.b && other.r).length;
  const kin = kinOf(entry);
  return {
    title: `Rank ${place} of ${peers}, between ${low} and ${high}`,
    lead: rowTitle(entry),
    facts: [
      ["Rank interval", `${low} to ${high}`, "95%, bootstrap over seeds and test examples"],
      ["Tie group", letters, "rows that share a letter can't be told apart"],
    ],
    note: kin.length
      ? `Not told apart from: ${kin.map((other) => other.s).join(", ")}.`
      : "Told apart from every other row at this budget.",
  };
}

function explainSeeds(entry) {
  const found = entry.row.m[entry.board.primary];
  if (!found) return null;
  return {
    title: `${plural(found[2], "cell")}`,
    lead: rowTitle(entry),
    facts: [
      ["Seeds", seedsText(entry.row, found[2])],
      entry.row.n && ["Chosen", count(entry.row.n[0]), `of ${count(entry.row.n[1])} pool examples`],
    ],
  };
}

function explainTokens(entry) {
  const { row } = entry;
  if (row.tokens === null) return null;
  return {
    title: `${count(row.tokens)} training tokens`,
    lead: rowTitle(entry),
    facts: [
      ["Tokens", count(row.tokens), "prompt and response of the chosen examples, mean over selections"],
      row.n && ["Chosen", count(row.n[0]), `of ${count(row.n[1])} pool examples`],
    ],
  };
}

function explainCompute(entry) {
  const { row } = entry;
  if (row.s === "base") return null;
  const [selecting, training] = row.flops;
  return {
    title: `${flops(selecting + training)} FLOPs in total`,
    lead: rowTitle(entry),
    facts: [
      ["Selection", flops(selecting), seconds(row.seconds[0])],
      ["Training", flops(training), seconds(row.seconds[1])],
    ],
    note: "FLOPs are counted from shapes, per cell. Selection charges all stages that the selector asks for, as if it had run alone; a row matched to a selector pays for training only.",
  };
}

function explainAmplification(entry) {
  const { row } = entry;
  if (!row.amp) return null;
  const [change, before, after, n, suites] = row.amp;
  return {
    title: `Task features: ${signed(change, 3)}`,
    lead: rowTitle(entry),
    facts: [
      ["Untuned", fixed(before, 3), "summed mean activation at t*"],
      ["Tuned", fixed(after, 3)],
      ["Measured on", `${count(n)} probe prompts`, "that no selector saw"],
      ["SAE suite", suites.join(", ")],
    ],
  };
}
