/* What is shown, kept in the address: `#section?key=value`, so that a view can be linked. */

/**
 * Parameters by section, as the address gave them or as controls set them.
 * @type {Map<string, URLSearchParams>}
 */
const views = new Map();
/** @type {Map<string, () => void>} */
const listeners = new Map();

/** @typedef {ReturnType<typeof viewOf>} View */

function readAddress() {
  const [section, query = ""] = location.hash.slice(1).split("?");
  if (section && query) views.set(section, new URLSearchParams(query));
  return { section, hasQuery: Boolean(query) };
}

/** @param {string} section */
function addressOf(section) {
  const query = String(views.get(section) ?? "");
  return `#${section}${query ? `?${query}` : ""}`;
}

/** @param {string} section */
function writeAddress(section) {
  const address = addressOf(section);
  try {
    history.replaceState(null, "", address);
  } catch {
    location.hash = address;
  }
}

/**
 * The view of one section.
 * @param {string} section
 * @param {Record<string, string>} defaults by key; other keys of the address are dropped.
 * @param {() => void} changed called when the view changes.
 */
function viewOf(section, defaults, changed) {
  listeners.set(section, changed);
  const params = () => views.get(section) || new URLSearchParams();
  return {
    /** @param {string} key */
    get: (key) => params().get(key) ?? defaults[key],
    /** @param {Record<string, string>} changes */
    set(changes) {
      const next = new URLSearchParams();
      for (const key of Object.keys(defaults)) {
        const value = changes[key] ?? params().get(key) ?? defaults[key];
        if (value !== defaults[key]) next.set(key, value);
      }
      views.set(section, next);
      writeAddress(section);
      changed();
    },
    isDefault: () => [...params().keys()].length === 0,
    clear() {
      views.set(section, new URLSearchParams());
      writeAddress(section);
      changed();
    },
    /** The whole address of this view. */
    link: () => location.href.split("#")[0] + addressOf(section),
  };
}

window.addEventListener("hashchange", () => {
  const { section, hasQuery } = readAddress();
  if (!hasQuery) return;
  listeners.get(section)?.();
  document.getElementById(section)?.scrollIntoView({ block: "start" });
});
