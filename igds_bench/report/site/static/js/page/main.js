/* Put the page together: head, chapters, navigation, theme. */

/**
 * What draws the chapters that readers can explore; null where there is nothing to show.
 * @type {Record<string, () => Child>}
 */
const SCRIPTED = {
  verdict: buildVerdict,
  board: buildBoard,
  curves: buildCurves,
  cost: buildCost,
  standings: buildStandings,
  amplification: buildAmplification,
  features: buildFeatures,
  suites: buildSuites,
  selections: buildSelections,
  browse: buildBrowse,
  problems: buildProblems,
};

function factLine() {
  const selectors = new Set(
    DATA.boards.flatMap((board) =>
      board.rows.filter((row) => row.role !== "reference").map((row) => row.selector),
    ),
  );
  const facts = [
    plural(selectors.size, "way to choose data", "ways to choose data"),
    plural(new Set(DATA.boards.map((board) => board.task)).size, "task"),
    plural(new Set(DATA.boards.map((board) => board.model)).size, "model"),
    plural(DATA.cells, "trained and evaluated cell"),
  ];
  return el("p", { class: "facts" }, facts.join(" · "));
}

function alarm() {
  const parts = present([
    DATA.problems.length && plural(DATA.problems.length, "problem"),
    DATA.failures.length && plural(DATA.failures.length, "failed cell"),
  ]);
  if (!parts.length) return null;
  return el(
    "p",
    { class: "callout alarm" },
    el("span", { "aria-hidden": "true" }, "! "),
    el("a", { href: "#problems" }, parts.join(" and ")),
    ", named at the end of the page. What they touch is left out of the verdicts.",
  );
}

function pageHead() {
  return el(
    "div",
    { class: "head" },
    el("p", { class: "kicker" }, "Fine-tuning data selection, benchmarked"),
    el("h1", {}, DATA.name),
    factLine(),
    DATA.caveat ? el("p", { class: "callout" }, DATA.caveat) : null,
    alarm(),
  );
}

/** The theme that was chosen on this device, or null. Pages from disk may have no storage. */
function chosenTheme() {
  try {
    return localStorage.getItem("igds-theme");
  } catch {
    return null;
  }
}

/** @param {string} theme */
function keepTheme(theme) {
  try {
    localStorage.setItem("igds-theme", theme);
  } catch {
    /* The choice lasts as long as the page, then. */
  }
}

/** A button that changes the theme; until it is used, the system's preference is followed. */
function themeButton() {
  const root = document.documentElement;
  const button = el("button", { type: "button", class: "quiet" });
  const other = () => (root.dataset.theme === "dark" ? "light" : "dark");
  const name = () => (button.textContent = other() === "dark" ? "Dark theme" : "Light theme");
  /** @param {string} theme */
  const show = (theme) => {
    root.dataset.theme = theme;
    name();
    redrawCharts();
  };
  name();
  button.addEventListener("click", () => {
    keepTheme(other());
    show(other());
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
    if (!chosenTheme()) show(event.matches ? "dark" : "light");
  });
  return button;
}

/**
 * Mark the chapter that is read in the navigation.
 * @param {Map<string, HTMLElement>} links by chapter, in order.
 */
function watchChapters(links) {
  const nav = byId("nav");
  /** @type {Set<string>} */
  const seen = new Set();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) seen.add(entry.target.id);
        else seen.delete(entry.target.id);
      }
      const now = [...links.keys()].find((id) => seen.has(id));
      for (const [id, link] of links) {
        if (id !== now) link.removeAttribute("aria-current");
        else if (!link.hasAttribute("aria-current")) {
          link.setAttribute("aria-current", "true");
          if (nav.scrollWidth > nav.clientWidth) nav.scrollTo({ left: link.offsetLeft - 60 });
        }
      }
    },
    { rootMargin: "-15% 0px -70% 0px" },
  );
  for (const section of document.querySelectorAll("main > section")) observer.observe(section);
}

/**
 * @param {Data.Chapter} chapter
 * @returns {Child}
 */
function drawChapter({ id, sections }) {
  return sections ? drawSections(sections) : SCRIPTED[id]();
}

/** @param {Data.Chapter} chapter */
function navLink({ id, short }) {
  const marks = id === "problems" ? DATA.problems.length + DATA.failures.length : 0;
  return el("a", { href: `#${id}` }, short, marks ? el("span", { class: "badge on" }, marks) : null);
}

function start() {
  const { section, hasQuery } = readAddress();
  const main = byId("main");
  /** @type {Map<string, HTMLElement>} */
  const links = new Map();
  main.append(pageHead());
  for (const chapter of DATA.chapters) {
    const parts = drawChapter(chapter);
    if (!parts) continue;
    const { id, title } = chapter;
    const heading = el("h2", { id: `${id}-title` }, title);
    main.append(el("section", { id, "aria-labelledby": `${id}-title` }, heading, parts));
    links.set(id, navLink(chapter));
  }
  byId("nav").append(...links.values());
  byId("top-end").append(themeButton());
  watchChapters(links);
  if (section && (hasQuery || section !== "board")) document.getElementById(section)?.scrollIntoView();
}

start();
