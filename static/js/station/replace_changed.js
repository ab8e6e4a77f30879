/** Newer elements in the place of older ones. */

import { setChildren } from "../shared/dom.js";

/**
 * Let an element hold these instead of what it holds; what is the same stays, and with it the focus.
 * @param {HTMLElement} parent
 * @param {readonly Element[]} wanted
 */
export function replaceChanged(parent, wanted) {
  const held = [...parent.children];
  if (held.length !== wanted.length) return setChildren(parent, wanted);
  for (const [at, made] of wanted.entries()) if (!made.isEqualNode(held[at])) held[at].replaceWith(made);
}
