/** What is said above the list: where the answer is for, what was given up, what to do when something failed. */

import { byId, element, hold, tell } from "./dom.js";

/**
 * Say some lines, empty ones left out, and offer ways on.
 * @param {readonly string[]} lines
 * @param {...HTMLElement} ways
 */
export function notice(lines, ...ways) {
  tell(
    byId("notice"),
    lines.filter(Boolean).map((line) => ["", line]),
  );
  // A button that stays keeps its focus.
  const { children } = byId("ways");
  const isSame = children.length === ways.length && ways.every((made, at) => children[at].isEqualNode(made));
  if (!isSame) hold(byId("ways"), ways);
}

/**
 * Return a button that leads on.
 * @param {string} text
 * @param {() => void} act
 */
export function way(text, act) {
  return element("button", { type: "button", class: "plain", onclick: act }, text);
}
