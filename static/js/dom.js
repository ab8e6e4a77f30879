/** Elements made from data without ever parsing it: text goes in as text. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Return a new element; `class` and `data-*` are attributes, a listener is given as `onclick` and so on.
 * Attributes that are null or false are left out; children that are null are too.
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value !== null && value !== undefined && value !== false)
      made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/**
 * Return one of the page's drawings (templates/icons.html) as decoration.
 * @param {string} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = /** @type {SVGElement} */ (document.createElementNS(SVG, "svg"));
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/**
 * Show rows, each with a `data-id`, instead of the last ones: what is the same stays, and focus stays on its row.
 * @param {HTMLElement} list
 * @param {readonly HTMLElement[]} rows
 */
export function renew(list, rows) {
  const before = /** @type {HTMLElement[]} */ ([...list.children]);
  const focused = document.activeElement;
  const holder = before.find((old) => old.contains(focused));
  const control = holder ? [...holder.querySelectorAll("a, button")].findIndex((found) => found === focused) : -1;
  if (before.length === rows.length && before.every((old, at) => old.dataset.id === rows[at].dataset.id)) {
    before.forEach((old, at) => old.isEqualNode(rows[at]) || old.replaceWith(rows[at]));
  } else list.replaceChildren(...rows);
  if (!holder || document.activeElement === focused) return;
  const heir = rows.find((made) => made.dataset.id === holder.dataset.id)?.querySelectorAll("a, button")[control];
  (heir instanceof HTMLElement ? heir : list).focus({ preventScroll: true });
}

/**
 * Return the element with an id; the page cannot work without it.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}
