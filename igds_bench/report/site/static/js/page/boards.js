/* Boards and rows: how they are found and called. */

/** @typedef {{board: Data.Board, row: Data.Row}} Entry a row with its board. */

const BOARDS = new Map(DATA.boards.map((board) => [board.id, board]));
const SEVERAL_MODELS = new Set(DATA.boards.map((board) => board.model)).size > 1;
const BASELINES = new Set(
  DATA.boards.flatMap((board) => board.rows.filter((row) => row.baseline).map((row) => row.selector)),
);

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
  return row.budget || (row.selector === "full" ? "100%" : NONE);
}

/**
 * Whether the others are compared with a selector.
 * @param {string} selector
 */
function isBaseline(selector) {
  return BASELINES.has(selector);
}

/**
 * FLOPs of selecting and training.
 * @param {Data.Row} row
 */
function totalFlops(row) {
  return row.flops.selection + row.flops.training;
}
