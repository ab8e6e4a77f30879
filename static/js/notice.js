/** What is said above the list: where the answer is for, what was given up, what to do when something failed. */

import { byId, element } from "./dom.js";

/**
 * Say some lines, empty ones left out, and offer ways on.
 * @param {readonly string[]} lines
 * @param {...HTMLElement} ways
 */
export function notice(lines, ...ways) {
  // The same words are not said again, and a button that stays keeps its focus.
  const spans = lines.filter(Boolean).map((line) => element("span", {}, line));
  if (!saysAlready("notice", spans)) byId("notice").replaceChildren(...spans);
  if (!saysAlready("ways", ways)) byId("ways").replaceChildren(...ways);
}

/**
 * @param {string} id
 * @param {readonly HTMLElement[]} wanted
 */
function saysAlready(id, wanted) {
  const { children } = byId(id);
  return children.length === wanted.length && wanted.every((made, at) => children[at].isEqualNode(made));
}

/**
 * Return a button that leads on.
 * @param {string} text
 * @param {() => void} act
 */
export function way(text, act) {
  return element("button", { type: "button", class: "plain", onclick: act }, text);
}
