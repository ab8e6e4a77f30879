/** JSON that belongs to a page: inside it (a file opened from disk) or behind a preloaded link (a served page). */

/**
 * Return the JSON of the `<script type="application/json">` or the `<link rel="preload">` with an id.
 * @param {string} id
 * @returns {Promise<any>}
 */
export async function resource(id) {
  const holder = document.getElementById(id);
  if (holder instanceof HTMLScriptElement) return JSON.parse(holder.textContent ?? "null");
  if (!(holder instanceof HTMLLinkElement)) throw new Error(`the page has no resource ${id}`);
  const answer = await fetch(holder.href);
  if (!answer.ok) throw new Error(`${holder.href}: ${answer.status}`);
  return answer.json();
}
