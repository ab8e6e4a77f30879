/** Messages for people, from the catalogue the server uses too. */

/**
 * @typedef {Record<string, string>} Catalogue messages by key
 * @typedef {(key: string, values?: Record<string, string | number>) => string} Translate
 */

/**
 * Return the function that says a message, its `{named}` places filled; a code without a message is said as itself.
 * @param {Catalogue} catalogue
 * @returns {Translate}
 */
export function translatorOf(catalogue) {
  return (key, values = {}) => {
    const text = has(catalogue, key) ? catalogue[key] : key.slice(key.lastIndexOf(".") + 1);
    return text.replace(/\{(\w+)\}/g, (place, name) => (has(values, name) ? String(values[name]) : place));
  };
}

/**
 * Tell whether a record itself has a name.
 * @param {object} record
 * @param {string} name
 */
export function has(record, name) {
  // biome-ignore lint/suspicious/noPrototypeBuiltins: the oldest browsers have no other
  return Object.prototype.hasOwnProperty.call(record, name);
}
