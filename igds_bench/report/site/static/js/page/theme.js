/* Set the chosen theme before anything is painted. Storage may be closed to pages from disk. */
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("igds-theme");
  } catch {
    /* The system's preference counts then. */
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = chosen || (dark ? "dark" : "light");
})();
