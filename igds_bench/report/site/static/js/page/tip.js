/* Explanations: one box that follows the pointer, the focus or a tap. */

const tip = byId("tip");
/** @type {HTMLElement|null} */
let tipTarget = null;
let tipPinned = false;
let tipTimer = 0;

/**
 * What a number means.
 * @typedef {{title: string, lead?: string, facts?: (Fact|null|false)[], note?: string|null}} Explanation
 * @typedef {[term: string, value: string, note?: string]} Fact
 */

/** @param {Explanation} found */
function tipContent(found) {
  const facts = present(found.facts || []);
  return [
    el("p", { class: "tip-title" }, found.title),
    found.lead ? el("p", { class: "tip-lead" }, found.lead) : null,
    facts.length
      ? el(
          "dl",
          {},
          facts.map(([term, value, note]) => [
            el("dt", {}, term),
            el("dd", {}, el("b", {}, value), note ? el("span", {}, ` ${note}`) : null),
          ]),
        )
      : null,
    found.note ? el("p", { class: "tip-note" }, found.note) : null,
  ];
}

/**
 * Show an explanation beside an element.
 * @param {HTMLElement} target
 * @param {Explanation} found
 */
function showTip(target, found, pinned = false) {
  clearTimeout(tipTimer);
  if (tipTarget && tipTarget !== target) tipTarget.removeAttribute("aria-describedby");
  tipTarget = target;
  tipPinned = pinned;
  fill(tip, tipContent(found));
  tip.hidden = false;
  target.setAttribute("aria-describedby", "tip");
  placeTip(target);
}

/**
 * Above or below the element, within the window; on a phone CSS makes it a sheet at the bottom.
 * @param {HTMLElement} target
 */
function placeTip(target) {
  const at = target.getBoundingClientRect();
  const own = tip.getBoundingClientRect();
  const room = 12;
  const left = Math.min(
    Math.max(at.left + at.width / 2 - own.width / 2, room),
    innerWidth - own.width - room,
  );
  const below = at.bottom + 8;
  const above = at.top - own.height - 8;
  const top = below + own.height < innerHeight - room || above < room ? below : above;
  tip.style.left = `${Math.max(left, room)}px`;
  tip.style.top = `${Math.max(Math.min(top, innerHeight - own.height - room), room)}px`;
}

function hideTip() {
  clearTimeout(tipTimer);
  tip.hidden = true;
  tipTarget?.removeAttribute("aria-describedby");
  tipTarget = null;
  tipPinned = false;
}

function hideTipSoon() {
  if (tipPinned) return;
  clearTimeout(tipTimer);
  tipTimer = setTimeout(hideTip, 180);
}

/**
 * The element of a kind that an event happened in, if any.
 * @param {Event} event
 * @param {string} wanted selector of such elements.
 * @returns {HTMLElement|null}
 */
function targetOf(event, wanted) {
  return event.target instanceof Element ? event.target.closest(wanted) : null;
}

/**
 * Explain the elements of a container on hover, focus and tap; arrow keys move between them.
 * @param {HTMLElement} container
 * @param {string} wanted selector of the elements.
 * @param {(element: HTMLElement) => Explanation|null} resolve
 */
function explainWithin(container, wanted, resolve) {
  /** @type {(target: HTMLElement|null, pinned: boolean) => void} */
  const open = (target, pinned) => {
    const found = target && resolve(target);
    if (found) showTip(target, found, pinned);
  };
  container.addEventListener("mouseover", (event) => {
    if (!tipPinned && matchMedia("(hover: hover)").matches) open(targetOf(event, wanted), false);
  });
  container.addEventListener("mouseout", hideTipSoon);
  container.addEventListener("focusin", (event) => {
    const target = targetOf(event, wanted);
    if (target?.matches(":focus-visible")) open(target, false);
    if (target) rove(container, wanted, target);
  });
  container.addEventListener("focusout", hideTipSoon);
  container.addEventListener("click", (event) => {
    const target = targetOf(event, wanted);
    if (target && tipPinned && tipTarget === target) hideTip();
    else open(target, true);
  });
  container.addEventListener("keydown", (event) => arrows(event, wanted));
}

/**
 * Keep one element of the container in the tab order: the last that had the focus.
 * @param {HTMLElement} container
 * @param {string} wanted
 * @param {HTMLElement} target
 */
function rove(container, wanted, target) {
  /** @type {NodeListOf<HTMLElement>} */
  const others = container.querySelectorAll(`${wanted}[tabindex="0"]`);
  for (const other of others) other.tabIndex = -1;
  target.tabIndex = 0;
}

/**
 * Make the first element of a container reachable by Tab.
 * @param {HTMLElement} container
 * @param {string} wanted
 */
function enterByTab(container, wanted) {
  /** @type {HTMLElement|null} */
  const first = container.querySelector(wanted);
  if (first && !container.querySelector(`${wanted}[tabindex="0"]`)) first.tabIndex = 0;
}

/** @type {Record<string, [down: number, right: number]>} */
const STEPS = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/**
 * Move to the next explained cell of a table.
 * @param {KeyboardEvent} event
 * @param {string} wanted
 */
function arrows(event, wanted) {
  const step = STEPS[event.key];
  const cell = targetOf(event, "td, th");
  if (!step || !targetOf(event, wanted) || !(cell instanceof HTMLTableCellElement)) return;
  event.preventDefault();
  const [down, right] = step;
  let row = cell.parentElement;
  let column = cell.cellIndex;
  for (let tries = 0; tries < 40; tries += 1) {
    column += right;
    if (down > 0) row = /** @type {HTMLElement|null} */ (row?.nextElementSibling ?? null);
    if (down < 0) row = /** @type {HTMLElement|null} */ (row?.previousElementSibling ?? null);
    const next = row instanceof HTMLTableRowElement ? row.cells[column] : undefined;
    if (!next) return;
    /** @type {HTMLElement|null} */
    const found = next.matches(wanted) ? next : next.querySelector(wanted);
    if (found) {
      found.focus();
      return;
    }
  }
}

tip.addEventListener("mouseenter", () => clearTimeout(tipTimer));
tip.addEventListener("mouseleave", hideTipSoon);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hideTip();
});
document.addEventListener("pointerdown", ({ target }) => {
  if (tipTarget && target instanceof Node && !tip.contains(target) && !tipTarget.contains(target)) hideTip();
});
addEventListener(
  "scroll",
  () => {
    if (!tipTarget) return;
    const at = tipTarget.getBoundingClientRect();
    if (at.bottom < 0 || at.top > innerHeight) hideTip();
    else placeTip(tipTarget);
  },
  { passive: true },
);
