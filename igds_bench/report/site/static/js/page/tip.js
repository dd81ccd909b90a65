/* Explanations: one box that follows the pointer, the focus or a tap. */

const tip = document.getElementById("tip");
let tipTarget = null;
let tipPinned = false;
let tipTimer = 0;

/**
 * What a number means.
 * @typedef {{title: string, lead?: string, facts?: Array<[string, string, string?]>, note?: string}} Explanation
 */

/** @param {Explanation} found */
function tipContent(found) {
  const facts = (found.facts || []).filter((fact) => fact);
  return [
    el("p", { class: "tip-title" }, found.title),
    found.lead && el("p", { class: "tip-lead" }, found.lead),
    facts.length &&
      el(
        "dl",
        {},
        facts.map(([term, value, note]) => [
          el("dt", {}, term),
          el("dd", {}, el("b", {}, value), note && el("span", {}, ` ${note}`)),
        ]),
      ),
    found.note && el("p", { class: "tip-note" }, found.note),
  ].filter(Boolean);
}

/** Show an explanation beside an element. */
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

/** Above or below the element, within the window; on a phone CSS makes it a sheet at the bottom. */
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
 * Explain the elements of a container on hover, focus and tap; arrow keys move between them.
 * @param {HTMLElement} container
 * @param {string} wanted selector of the elements.
 * @param {(element: HTMLElement) => Explanation|null} resolve
 */
function explainWithin(container, wanted, resolve) {
  const open = (event, pinned) => {
    const target = event.target.closest?.(wanted);
    const found = target && resolve(target);
    if (found) showTip(target, found, pinned);
    return target;
  };
  container.addEventListener("mouseover", (event) => {
    if (!tipPinned && matchMedia("(hover: hover)").matches) open(event, false);
  });
  container.addEventListener("mouseout", hideTipSoon);
  container.addEventListener("focusin", (event) => {
    const target = event.target.closest?.(wanted);
    if (target?.matches(":focus-visible")) open(event, false);
    if (target) rove(container, wanted, target);
  });
  container.addEventListener("focusout", hideTipSoon);
  container.addEventListener("click", (event) => {
    const target = event.target.closest?.(wanted);
    if (target && tipPinned && tipTarget === target) hideTip();
    else open(event, true);
  });
  container.addEventListener("keydown", (event) => arrows(event, wanted));
}

/** Keep one element of the container in the tab order: the last that had the focus. */
function rove(container, wanted, target) {
  for (const other of container.querySelectorAll(`${wanted}[tabindex="0"]`)) other.tabIndex = -1;
  target.tabIndex = 0;
}

/** Make the first element of a container reachable by Tab. */
function enterByTab(container, wanted) {
  const first = container.querySelector(wanted);
  if (first && !container.querySelector(`${wanted}[tabindex="0"]`)) first.tabIndex = 0;
}

function arrows(event, wanted) {
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const step = steps[event.key];
  const cell = event.target.closest?.("td, th");
  if (!step || !cell || !event.target.closest(wanted)) return;
  event.preventDefault();
  let [row, column] = [cell.parentElement, cell.cellIndex];
  for (let tries = 0; tries < 40; tries += 1) {
    column += step[1];
    if (step[0] > 0) row = row.nextElementSibling;
    if (step[0] < 0) row = row.previousElementSibling;
    const next = row?.cells?.[column];
    if (!next) return;
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
document.addEventListener("pointerdown", (event) => {
  if (tipTarget && !tip.contains(event.target) && !tipTarget.contains(event.target)) hideTip();
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
