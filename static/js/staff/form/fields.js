/** The fields of a form as a list of names and texts: read, compared, and filled in again. */

/** @typedef {[name: string, text: string]} Entry */

const NEVER_KEPT = new Set(["csrf_token", "action", "reported", "reported_until", "reports_fixed"]); // of this page alone

/**
 * Return what a form would send, but for what only this page needs.
 * @param {HTMLFormElement} form
 * @returns {Entry[]}
 */
export function entriesOf(form) {
  const found = [...new FormData(form)].filter(([name]) => !NEVER_KEPT.has(name));
  return found.map(([name, value]) => [name, typeof value === "string" ? value.replace(/\r\n?/g, "\n") : ""]);
}

/**
 * Tell whether two lists of entries say the same.
 * @param {readonly Entry[]} one
 * @param {readonly Entry[]} other
 */
export function areSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Fill a form in with entries; a box or a choice that they do not name is empty then.
 * @param {HTMLFormElement} form
 * @param {readonly Entry[]} entries
 */
export function fillIn(form, entries) {
  /** @type {Map<string, string[]>} */
  const texts = new Map();
  for (const [name, text] of entries) texts.set(name, [...(texts.get(name) ?? []), text]);
  for (const field of form.elements) {
    if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio"))
      field.checked = Boolean(texts.get(field.name)?.includes(field.value));
    else if (isText(field) && field.name && !NEVER_KEPT.has(field.name) && texts.has(field.name))
      field.value = texts.get(field.name)?.[0] ?? "";
  }
}

/**
 * @param {Element} field
 * @returns {field is HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement}
 */
export function isText(field) {
  return (
    field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement
  );
}

/**
 * Return the field of a name; the page cannot work without it.
 * @param {HTMLFormElement} form
 * @param {string} name
 */
export function field(form, name) {
  const found = form.elements.namedItem(name);
  if (!(found instanceof Element) || !isText(found)) throw new Error(`the form has no field ${name}`);
  return found;
}
