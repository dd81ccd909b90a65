/* Where two texts differ, word by word: the longest common subsequence decides what is the same. */

const MOST_WORDS = 1500;

/** @typedef {{text: string, differs: boolean}} Run words of which the other text has all, or none. */

/**
 * Words with the space before them.
 * @param {string} text
 */
function wordsOf(text) {
  return text.match(/\s*\S+|\s+$/g) || [];
}

/**
 * Lengths of the longest common subsequences of what follows each pair of words.
 * @param {string[]} a
 * @param {string[]} b
 */
function commonLengths(a, b) {
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] =
        a[i].trim() === b[j].trim()
          ? longest[(i + 1) * width + j + 1] + 1
          : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  /** @type {(i: number, j: number) => number} */
  return (i, j) => longest[i * width + j];
}

/**
 * @param {string} left
 * @param {string} right
 * @returns {[Run[], Run[]]} runs of each text.
 */
function wordDiff(left, right) {
  const [a, b] = [wordsOf(left), wordsOf(right)];
  if (a.length > MOST_WORDS || b.length > MOST_WORDS) {
    const differs = left !== right;
    return [[{ text: left, differs }], [{ text: right, differs }]];
  }
  const common = commonLengths(a, b);
  /** @type {[Run[], Run[]]} */
  const out = [[], []];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i].trim() === b[j].trim()) {
      push(out[0], a[i], false);
      push(out[1], b[j], false);
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && common(i + 1, j) >= common(i, j + 1))) {
      push(out[0], a[i], true);
      i += 1;
    } else {
      push(out[1], b[j], true);
      j += 1;
    }
  }
  return out;
}

/**
 * @param {Run[]} runs
 * @param {string} word
 * @param {boolean} differs
 */
function push(runs, word, differs) {
  const last = runs.at(-1);
  if (last?.differs === differs) last.text += word;
  else runs.push({ text: word, differs });
}

/**
 * Runs as text, with what differs marked.
 * @param {Run[]} runs
 */
function marked(runs) {
  return runs.map(({ text, differs }) => {
    const space = text.length - text.trimStart().length;
    return differs ? [text.slice(0, space), el("mark", {}, text.slice(space))] : text;
  });
}
