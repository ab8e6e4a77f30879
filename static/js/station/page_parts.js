/** Pieces of a station's page. */

import { element } from "../shared/dom.js";

/**
 * Return a section of the page below its heading; what is missing is left out.
 * @param {string} title
 * @param {...(Node | string | null | undefined)} content
 */
export function section(title, ...content) {
  return element("section", {}, element("h2", {}, title), ...content.map((part) => part || null));
}

/**
 * Return what a registry says as text of its own direction, so that it cannot turn what stands around it.
 * @param {Node | string} value
 */
export function text(value) {
  return element("bdi", {}, value);
}
