/** What is said above the list: where the answer is for, what was given up, what to do when something failed. */

import { byId, element, setChildren, setParts } from "./dom.js";

/**
 * Say some lines, empty ones left out, and offer ways on.
 * @param {readonly string[]} lines
 * @param {...HTMLElement} ways
 */
export function showNotice(lines, ...ways) {
  setParts(
    byId("notice"),
    lines.filter(Boolean).map((line) => ["", line]),
  );
  // A button that stays keeps its focus.
  const { children } = byId("ways");
  const isSame = children.length === ways.length && ways.every((made, at) => children[at].isEqualNode(made));
  if (!isSame) setChildren(byId("ways"), ways);
}

/**
 * Return a button that leads on.
 * @param {string} text
 * @param {() => void} act
 */
export function actionButton(text, act) {
  return element("button", { type: "button", class: "plain", onclick: act }, text);
}
