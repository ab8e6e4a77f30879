/** What is said of one station: as the list has it, and where that does not, as the server says it. */

/**
 * Return the elements of a station's card, those of the page itself or of the server. Rejects where there is neither.
 * @param {string} id
 * @param {string} one the address of the page that can show one station
 * @returns {Promise<Node[]>}
 */
export async function cardOf(id, one) {
  const own = partsOf(document, id);
  if (own) return own;
  const answer = await fetch(`${one}${one.includes("?") ? "&" : "?"}station=${encodeURIComponent(id)}`);
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const parts = partsOf(page, id);
  if (!parts) throw new Error(id);
  return parts;
}

/**
 * @param {Document} page
 * @param {string} id
 */
function partsOf(page, id) {
  const card = page.getElementById(`station-${id}`);
  return (
    card && [...card.children].filter((part) => !part.matches(".marker")).map((part) => document.importNode(part, true))
  );
}
