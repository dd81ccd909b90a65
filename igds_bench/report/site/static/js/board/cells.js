/* What stands in the cells of the board, and of tables like it. */

/**
 * A number, its interval in soft print, and both as a bar.
 * @param {string} value
 * @param {string} range
 * @param {HTMLElement|null} bar
 */
function withBar(value, range, bar) {
  return el(
    "span",
    { class: "withbar" },
    el("span", {}, el("b", {}, value), range ? el("span", { class: "soft" }, ` ${range}`) : null),
    bar,
  );
}

/**
 * An interval on a line: zero, what counts as tied, the interval, the value.
 * @param {Data.Estimate} found
 * @param {[number, number]} range ends of the line.
 */
function intervalBar({ value, low, high }, range, margin = 0, word = "") {
  if (value === null) return null;
  /** @param {number} x */
  const place = (x) =>
    (100 * (Math.min(Math.max(x, range[0]), range[1]) - range[0])) / (range[1] - range[0] || 1);
  /** @type {(a: number, b: number, name: string) => HTMLElement} */
  const between = (a, b, name) =>
    el("i", {
      class: name,
      css: { left: `${place(a)}%`, width: `${place(b) - place(a)}%` },
    });
  return el(
    "span",
    { class: `ci ${word.replace(" ", "-")}`, "aria-hidden": "true" },
    margin ? between(-margin, margin, "ci-margin") : null,
    range[0] < 0 && range[1] > 0 ? el("i", { class: "ci-zero", css: { left: `${place(0)}%` } }) : null,
    low === null || high === null ? null : between(low, high, "ci-reach"),
    el("i", { class: "ci-dot", css: { left: `${place(value)}%` } }),
  );
}

/**
 * What a row is for, where it is no contender.
 * @type {Partial<Record<Data.Row["role"], string>>}
 */
const ROLE_NOTES = {
  control: "shows what others are worth; judged, not ranked",
  placebo: "ought to be no better than chance; judged, not ranked",
  reference: "no contender: shown to read the others by",
};

/**
 * Marks beside a selector's name.
 * @param {Data.Row} row
 */
function badges({ role, matched, beyond_supply: beyond }) {
  const note = matched ? `random draws, matched to ${matched.of} by ${matched.by}` : ROLE_NOTES[role];
  const marks = present([
    note && { text: role, why: note },
    beyond && {
      text: "beyond supply",
      why: "asks for more than the pool's clean source holds",
    },
  ]);
  return marks.map(({ text, why }) => el("span", { class: "badge", title: why }, text));
}

/**
 * Tie letters in fixed places, so that groups line up as columns do.
 * @param {string} letters
 * @param {number} most
 */
function tieLetters(letters, most) {
  const slots = "abcdefghijklmnopqrstuvwxyz".slice(0, most);
  return el(
    "span",
    { class: "ties", "aria-label": `tie groups ${letters}` },
    [...slots].map((letter) =>
      el(
        "i",
        {
          "aria-hidden": "true",
          class: letters.includes(letter) ? "on" : null,
        },
        letter,
      ),
    ),
  );
}

/**
 * Where a row's outputs can be read beside the baseline's, or the untuned model's; or null.
 * @param {Entry} entry
 */
function compareLink({ board, row }) {
  const kept = DATA.browse.find((one) => one.board === board.id);
  const own = board.rows.indexOf(row);
  const baseline = baselineAt(board, row.budget);
  const untuned = board.rows.findIndex((one) => one.reference === "untuned");
  const other = baseline >= 0 && baseline !== own ? baseline : untuned;
  if (!kept || other === own || ![own, other].every((at) => String(at) in kept.rows)) return null;
  const query = new URLSearchParams({
    at: board.id,
    a: String(own),
    b: String(other),
  });
  const name = `Outputs of ${row.selector} at ${budgetOf(row)} beside those of ${board.rows[other].selector}`;
  return el("a", { href: `#browse?${query}`, "aria-label": name, title: name }, "read");
}

/** @param {Data.Summary|undefined} found */
function scoreText(found) {
  if (!found) return NONE;
  return [
    fixed(found.mean),
    found.sd === null ? null : el("span", { class: "soft" }, ` ± ${fixed(found.sd)}`),
  ];
}

/**
 * @param {Data.Verdict} verdict
 * @param {Data.Board} board
 * @param {[number, number]} reach
 */
function differenceCell({ difference, low, high, word }, board, reach) {
  const bar = intervalBar({ value: difference, low, high }, reach, board.margin || 0, word);
  return withBar(signed(difference), interval(low, high), bar);
}
