/** What lies on the list: the filters, the map of a phone, a popup. Each has an entry of the history: Back closes it. */

/** @typedef {{name: string, close: () => void}} Layer */

/** @type {Layer[]} the lowest first, as many as the history has entries for them */
const layers = [];

/**
 * Note that something was opened; `close` is what Back does then.
 * @param {string} name
 * @param {() => void} close
 */
export function layerOpened(name, close) {
  if (layers.some((layer) => layer.name === name)) return;
  layers.push({ name, close });
  const open = layers.map((layer) => layer.name);
  // After a reload, or on the way forward, there is an entry for it already.
  if (openLayers(history.state)[open.length - 1] !== name) history.pushState({ open, visit: history.state?.visit }, "");
}

/**
 * Note that something was closed on the page itself, and with it what lies on it; their entries go.
 * @param {string} name
 */
export function layerClosed(name) {
  const at = layers.findIndex((layer) => layer.name === name);
  if (at < 0) return;
  const gone = layers.splice(at);
  for (const { close } of gone.slice(1).reverse()) close();
  history.go(-gone.length);
}

/**
 * Return what was open at an entry of the history.
 * @param {{open?: readonly string[]} | null} state
 * @returns {readonly string[]}
 */
export function openLayers(state) {
  return state?.open ?? [];
}

/**
 * Close what the entry gone to does not have; call back then, with what it has and is not open.
 * @param {(missing: readonly string[]) => void} arrived
 */
export function listenToBack(arrived) {
  addEventListener("popstate", ({ state }) => {
    if (state?.isKept) return; // a station in place of it all (offline_navigation.js)
    const open = openLayers(state);
    while (layers.length > open.length) layers.pop()?.close();
    arrived(open.slice(layers.length));
  });
}
