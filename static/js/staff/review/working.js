/** Work aside on the server: how far it is, and the page anew once it is done. */

/**
 * @typedef {object} Progress what the server says of it
 * @property {boolean} ready whether the result is there
 * @property {boolean} busy whether something is still being made
 * @property {number} progress from 0 to 1
 * @property {string} phase
 */

const POLL_MS = 1500;

/** Follow the work that the page speaks of, until it is done. */
export function follow() {
  const line = document.getElementById("working");
  const text = document.getElementById("working-text");
  const address = line?.dataset.progress;
  if (!line || !text || !address) return;
  const phases = /** @type {Record<string, string>} */ (JSON.parse(line.dataset.phases ?? "{}"));
  const look = async () => {
    const found = await progress(address);
    if (found && !found.busy) {
      await renew();
      return;
    }
    if (found && line.dataset.words) text.textContent = words(line.dataset.words, phases, found);
    setTimeout(look, POLL_MS);
  };
  setTimeout(look, POLL_MS);
}

/**
 * @param {string} template
 * @param {Record<string, string>} phases
 * @param {Progress} found
 */
function words(template, phases, found) {
  const phase = phases[found.phase || "waiting"] ?? found.phase;
  return template.replace("{phase}", phase).replace("{percent}", String(Math.floor(found.progress * 100)));
}

/**
 * @param {string} address
 * @returns {Promise<Progress | null>} null where the server cannot be reached at present
 */
async function progress(address) {
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** Show the page as it is now; where somebody is at work on it the link to look again is enough. */
async function renew() {
  const main = document.getElementById("main");
  const line = document.getElementById("working");
  const isInUse = main?.contains(document.activeElement) && document.activeElement !== main;
  if (main && isInUse) {
    line?.querySelector("a")?.classList.add("button");
    return;
  }
  const response = await fetch(location.href).catch(() => null);
  if (!response?.ok || !main) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const renewed = page.getElementById("main");
  if (renewed) main.replaceChildren(...renewed.childNodes);
  follow();
}
