/* Where two texts differ, word by word: the longest common subsequence decides what is the same. */

const MOST_WORDS = 1500;

/** Words with the space before them. */
function words(text) {
  return text.match(/\s*\S+|\s+$/g) || [];
}

/**
 * @param {string} left
 * @param {string} right
 * @returns {[Array<[string, boolean]>, Array<[string, boolean]>]} runs of each text, true where
 *   the other lacks them.
 */
function wordDiff(left, right) {
  const [a, b] = [words(left), words(right)];
  if (a.length > MOST_WORDS || b.length > MOST_WORDS)
    return [[[left, left !== right]], [[right, left !== right]]];
  const same = (i, j) => a[i].trim() === b[j].trim();
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] = same(i, j)
        ? longest[(i + 1) * width + j + 1] + 1
        : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  const out = [[], []];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && same(i, j)) {
      push(out[0], a[i], false);
      push(out[1], b[j], false);
      i += 1;
      j += 1;
    } else if (
      j >= b.length ||
      (i < a.length && longest[(i + 1) * width + j] >= longest[i * width + j + 1])
    ) {
      push(out[0], a[i], true);
      i += 1;
    } else {
      push(out[1], b[j], true);
      j += 1;
    }
  }
  return out;
}

function push(runs, word, differs) {
  const last = runs[runs.length - 1];
  if (last && last[1] === differs) last[0] += word;
  else runs.push([word, differs]);
}

/** Runs as text, with what differs marked. */
function marked(runs) {
  return runs.map(([text, differs]) => {
    const space = text.match(/^\s*/)[0];
    return differs ? [space, el("mark", {}, text.slice(space.length))] : text;
  });
}
