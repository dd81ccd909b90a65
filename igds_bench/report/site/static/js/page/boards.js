/* Boards and rows: how they are found and called. */

/** @typedef {{board: Data.Board, row: Data.Row}} Entry a row with its board. */

const BOARDS = new Map(DATA.boards.map((board) => [board.id, board]));
const SEVERAL_MODELS = new Set(DATA.boards.map((board) => board.model)).size > 1;
const BASELINES = new Set(DATA.boards.map((board) => board.baseline));

/** @param {string} id */
function boardOf(id) {
  const found = BOARDS.get(id);
  if (!found) throw new Error(`The page has no board ${id}.`);
  return found;
}

/**
 * A board's name: the task, and the model where there are several.
 * @param {Data.Board} board
 */
function boardName(board) {
  return SEVERAL_MODELS ? `${board.task} · ${board.model}` : board.task;
}

/**
 * What a row's budget is called.
 * @param {Data.Row} row
 */
function budgetOf(row) {
  return row.budget || (row.reference === "whole pool" ? "100%" : NONE);
}

/**
 * Whether a row is set against the baseline and ranked, or is the baseline itself.
 * @param {Data.Row} row
 */
function isRanked({ role }) {
  return role === "contender" || role === "baseline";
}

/**
 * What a row is drawn as: one label of a board is its baseline, and placebos are controls.
 * @param {Data.Board} board
 * @param {Data.Row} row
 * @returns {"baseline"|"contender"|"control"|"reference"}
 */
function partOf(board, row) {
  if (row.selector === board.baseline) return "baseline";
  if (row.role === "reference") return "reference";
  return isRanked(row) ? "contender" : "control";
}

/**
 * The place of the row that the others at a budget are set against; -1 where there is none.
 * @param {Data.Board} board
 * @param {string|null} budget
 */
function baselineAt(board, budget) {
  return board.rows.findIndex((row) => row.selector === board.baseline && row.budget === budget);
}

/**
 * What the rows of some boards are set against, in words.
 * @param {Iterable<Data.Board>} boards
 */
function againstOf(boards) {
  const found = [...new Set([...boards].map((board) => board.against))];
  return found.length === 1 ? found[0] : DATA.against;
}

/**
 * FLOPs of selecting and training.
 * @param {Data.Row} row
 */
function totalFlops(row) {
  return row.flops.selection + row.flops.training;
}
