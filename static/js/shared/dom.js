/** Elements made from data without ever parsing it: text goes in as text. */

/** @typedef {[name: string, text: string]} Part its class and what it says */

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
const drawnIcons = new Map();

/**
 * Return one of the page's drawings (templates/icons.html) as decoration: a copy, as each reference to a symbol would
 * bring a tree of its own to be laid out.
 * @param {string} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = drawnIcons.get(name) ?? drawing(name);
  drawnIcons.set(name, svg);
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
 * Set an attribute; what is set again as it was would be styled anew.
 * @param {Element} shown
 * @param {string} name
 * @param {string} value
 */
export function setAttribute(shown, name, value) {
  if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
}

/**
 * Let an element say a text and nothing else: the same text is neither laid out nor read out anew. A browser that
 * translates a page puts elements of its own around texts, which go then.
 * @param {Element} shown
 * @param {string} text
 */
export function setText(shown, text) {
  const held = shown.firstChild;
  if (!(held instanceof Text) || held.nextSibling) shown.textContent = text;
  else if (held.data !== text) held.data = text;
}

/**
 * Let a line say some parts, a span each; spans that are there already stay.
 * @template {Element} Line
 * @param {Line} line
 * @param {readonly Part[]} parts
 * @returns {Line}
 */
export function setParts(line, parts) {
  parts.forEach(([name, text], at) => {
    const span = line.children[at] ?? line.appendChild(element("span"));
    if (span.className !== name) span.className = name;
    setText(span, text);
  });
  while (line.children.length > parts.length) line.lastElementChild?.remove();
  return line;
}

/**
 * Let an element hold these nodes and nothing else; not all browsers of docs/ui.md know replaceChildren.
 * @param {Element} parent
 * @param {readonly (Node | string)[]} nodes
 */
export function setChildren(parent, nodes) {
  parent.textContent = "";
  parent.append(...nodes);
}

/**
 * Tell whether an element has the keyboard's focus; a browser that cannot tell shows it where anything has it.
 * @param {Element} shown
 */
export function isWalkedTo(shown) {
  try {
    return shown.matches(":focus-visible");
  } catch {
    return shown.matches(":focus");
  }
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
