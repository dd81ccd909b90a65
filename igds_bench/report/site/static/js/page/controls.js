/* Controls that several sections use. */

/** @typedef {[value: string, text: string]} Option */

let controlCount = 0;

/**
 * A labelled select.
 * @param {string} label
 * @param {Option[]} options
 * @param {string} value
 * @param {(value: string) => void} changed
 */
function selectBox(label, options, value, changed) {
  const id = `c${(controlCount += 1)}`;
  const box = el(
    "select",
    { id, on: { change: () => changed(box.value) } },
    options.map(([key, text]) => el("option", { value: key }, text)),
  );
  /** @param {string} now */
  const set = (now) => {
    if (box.value !== now) box.value = now;
  };
  set(value);
  return {
    root: el("div", { class: "field" }, el("label", { for: id }, label), box),
    set,
  };
}

/**
 * A labelled text field that answers while one types.
 * @param {string} label
 * @param {string} hint
 * @param {string} value
 * @param {(value: string) => void} changed
 */
function searchBox(label, hint, value, changed) {
  const id = `c${(controlCount += 1)}`;
  const box = el("input", {
    id,
    type: "search",
    placeholder: hint,
    autocomplete: "off",
    spellcheck: "false",
    on: { input: () => changed(box.value) },
  });
  /** @param {string} now */
  const set = (now) => {
    if (box.value !== now) box.value = now;
  };
  set(value);
  return {
    root: el("div", { class: "field" }, el("label", { for: id }, label), box),
    set,
  };
}

/**
 * A labelled switch.
 * @param {string} label
 * @param {boolean} value
 * @param {(on: boolean) => void} changed
 */
function switchBox(label, value, changed) {
  const box = el("input", {
    type: "checkbox",
    on: { change: () => changed(box.checked) },
  });
  box.checked = value;
  return {
    root: el("label", { class: "switch" }, box, el("span", {}, label)),
    box,
  };
}

/**
 * Buttons of which one is pressed.
 * @param {string} label
 * @param {Option[]} options
 * @param {string} value
 * @param {(value: string) => void} changed
 */
function segmented(label, options, value, changed) {
  const root = el("div", {
    class: "segments",
    role: "group",
    "aria-label": label,
  });
  const buttons = options.map(([key, text]) =>
    el("button", { type: "button", data: { key }, on: { click: () => changed(key) } }, text),
  );
  /** @param {string} now */
  const set = (now) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.key === now));
  };
  set(value);
  root.append(...buttons);
  return { root, set };
}

/**
 * Put text on the clipboard; pages from disk may lack the modern way.
 * @param {string} text
 */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = el("textarea", { class: "unseen", "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

/**
 * A button that copies what `text` returns, and says so.
 * @param {string} label
 * @param {() => string} text
 */
function copyButton(label, text) {
  const shown = el("span", {}, label);
  const button = el("button", { type: "button", class: "quiet" }, shown);
  button.addEventListener("click", async () => {
    const done = await copyText(text());
    shown.textContent = done ? "Copied" : "Copying is not allowed here";
    say(shown.textContent);
    setTimeout(() => (shown.textContent = label), 1600);
  });
  return button;
}

/**
 * A part of a section that shows one of several things, chosen by buttons or, of many, by a list.
 * @param {string} section id, also of the view in the address.
 * @param {string} label
 * @param {Option[]} options
 * @param {(key: string, slot: HTMLElement) => Child} show may put further controls in the slot.
 */
function picker(section, label, options, show) {
  const body = el("div", { class: "picked" });
  const slot = el("div", { class: "slot" });
  const keys = new Set(options.map(([key]) => key));
  const view = viewOf(section, { at: options[0][0] }, () => draw());
  /** @param {string} at */
  const choose = (at) => view.set({ at });
  const many = options.length > 5 || options.map(([, text]) => text).join("").length > 90;
  const control = (many ? selectBox : segmented)(label, options, view.get("at"), choose);
  function draw() {
    const at = keys.has(view.get("at")) ? view.get("at") : options[0][0];
    control.set(at);
    fill(body, show(at, slot));
  }
  draw();
  return [el("div", { class: "bar" }, options.length > 1 ? control.root : null, slot), body];
}

/**
 * Shapes of the verdicts' words.
 * @type {Record<string, string>}
 */
const SHAPES = {
  better: "▲",
  worse: "▼",
  tied: "=",
  undecided: "○",
  "no verdict": "·",
};

/**
 * A verdict as a word with a shape and a colour.
 * @param {string} word
 */
function chip(word) {
  return el(
    "span",
    { class: `chip ${word.replace(" ", "-")}` },
    el("span", { "aria-hidden": "true" }, SHAPES[word] || ""),
    ` ${word}`,
  );
}

/**
 * Text whose parts in backticks are code.
 * @param {string} text
 */
function ticked(text) {
  return text.split("`").map((part, i) => (i % 2 ? el("code", {}, part) : part));
}

/**
 * A paragraph, or a list where there are several lines.
 * @param {string[]} lines
 */
function prose(lines) {
  if (!lines.length) return null;
  return lines.length === 1
    ? el("p", { class: "prose" }, ticked(lines[0]))
    : el(
        "ul",
        { class: "prose" },
        lines.map((line) => el("li", {}, ticked(line))),
      );
}

/**
 * What is rarely needed, folded.
 * @param {string} title
 * @param {...Child} children
 */
function folded(title, ...children) {
  return el("details", {}, el("summary", {}, title), ...children);
}
