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

/** @type {Map<string, SVGElement>} */
const drawn = new Map();

/**
 * Return one of the page's drawings (templates/icons.html) as decoration: a copy, as each reference to a symbol would
 * bring a tree of its own to be laid out.
 * @param {string} name
 * @returns {SVGElement}
 */
export function icon(name) {
  let svg = drawn.get(name);
  if (!svg) drawn.set(name, (svg = drawing(name)));
  return /** @type {SVGElement} */ (svg.cloneNode(true));
}

/**
 * @param {string} name
 */
function drawing(name) {
  const symbol = byId(`icon-${name}`);
  const svg = /** @type {SVGElement} */ (document.createElementNS(SVG, "svg"));
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("viewBox", symbol.getAttribute("viewBox") ?? "");
  svg.append(...symbol.cloneNode(true).childNodes);
  return svg;
}

/**
 * Show rows, each with a `data-id`, instead of the last ones: those that are shown already stay where they are, and
 * focus stays on its row, also when that was made anew.
 * @param {HTMLElement} list
 * @param {readonly HTMLElement[]} rows
 */
export function renew(list, rows) {
  const focused = document.activeElement;
  const holder = focused?.closest("li");
  const id = holder && list.contains(holder) ? holder.dataset.id : undefined;
  const control = id === undefined ? -1 : controlsOf(holder).indexOf(/** @type {HTMLElement} */ (focused));
  const wanted = new Set(rows);
  for (const old of [...list.children]) if (!wanted.has(/** @type {HTMLElement} */ (old))) old.remove();
  rows.forEach((row, at) => list.children[at] === row || list.insertBefore(row, list.children[at] ?? null));
  if (id === undefined || document.activeElement === focused) return;
  const heir = controlsOf(rows.find(({ dataset }) => dataset.id === id))[control];
  (heir ?? list).focus({ preventScroll: true });
}

/**
 * @param {Element | null | undefined} row
 * @returns {HTMLElement[]}
 */
function controlsOf(row) {
  return /** @type {HTMLElement[]} */ ([...(row?.querySelectorAll("a, button") ?? [])]);
}

/**
 * Act once what was drawn is on the screen.
 * @param {() => void} act
 */
export function afterPaint(act) {
  requestAnimationFrame(() => setTimeout(act));
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
