/** JSON that belongs to a page: inside it (a file opened from disk) or behind a preloaded link (a served page). */

/**
 * Return the JSON of the `<script type="application/json">` or the `<link rel="preload">` with an id.
 * @param {string} id
 * @returns {Promise<any>}
 */
export function resource(id) {
  const found = known.get(id) ?? read(id);
  known.set(id, found);
  found.catch(() => known.delete(id)); // who asks again may have more luck
  return found;
}

/** @type {Map<string, Promise<any>>} what was read, also for when the server is gone */
const known = new Map();

/**
 * @param {string} id
 */
async function read(id) {
  const holder = document.getElementById(id);
  if (holder instanceof HTMLScriptElement) return JSON.parse(holder.textContent ?? "null");
  if (!(holder instanceof HTMLLinkElement)) throw new Error(`the page has no resource ${id}`);
  const answer = await fetch(holder.href);
  if (!answer.ok) throw new Error(`${holder.href}: ${answer.status}`);
  return answer.json();
}
