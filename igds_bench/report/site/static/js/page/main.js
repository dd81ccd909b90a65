/* Put the page together: head, sections, navigation, theme. */

/** Sections in order: id, title, builder, and the name in the navigation. */
const SECTIONS = [
  ["verdict", "The verdict", buildVerdict],
  ["board", "The board", buildBoard],
  ["curves", "Budget curves", buildCurves],
  ["cost", "Cost", buildCost],
  ["standings", "Standings", buildStandings],
  ["amplification", "Amplification against improvement", buildAmplification, "Amplification"],
  ["features", "Task features", buildFeatures],
  ["suites", "SAE quality", buildSuites],
  ["selections", "Selections", buildSelections],
  ["browse", "Examples, side by side", buildBrowse, "Examples"],
  ["problems", "Problems and failures", buildProblems, "Problems"],
  ["provenance", "Provenance", buildProvenance],
  ["methods", "Methods and references", buildMethods, "Methods"],
];

function factLine() {
  const selectors = new Set(
    DATA.boards.flatMap((board) => board.rows.filter((row) => row.kind !== "reference").map((row) => row.s)),
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
  const parts = [
    DATA.problems.length ? plural(DATA.problems.length, "problem") : null,
    DATA.failed.length ? plural(DATA.failed.length, "failed cell") : null,
  ].filter(Boolean);
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

function watchSections(links) {
  const nav = document.getElementById("nav");
  const seen = new Set();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) seen[entry.isIntersecting ? "add" : "delete"](entry.target.id);
      const now = SECTIONS.map(([id]) => id).find((id) => seen.has(id));
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

function start() {
  const { section, hasQuery } = readAddress();
  const main = document.getElementById("main");
  const nav = document.getElementById("nav");
  const links = new Map();
  main.append(pageHead());
  for (const [id, title, build, short] of SECTIONS) {
    const parts = build();
    if (!parts) continue;
    main.append(
      el("section", { id, "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title` }, title), parts),
    );
    const marks = id === "problems" ? DATA.problems.length + DATA.failed.length : 0;
    const link = el(
      "a",
      { href: `#${id}` },
      short || title,
      marks ? el("span", { class: "badge on" }, marks) : null,
    );
    links.set(id, link);
    nav.append(link);
  }
  document.getElementById("top-end").append(themeButton());
  watchSections(links);
  if (section && (hasQuery || section !== "board")) document.getElementById(section)?.scrollIntoView();
}

start();
