/** What is said above the list: where the answer is for, what was given up, what is uncertain, how old it all is. */

import { dataAge } from "./age.js";
import { isSure, relaxed } from "./choice.js";
import { distance } from "./say.js";

/**
 * Return the lines for a finder, empty ones among them; `trouble` is what failed and goes before the rest.
 * @param {import("./finder.js").Finder} finder
 * @param {string} trouble
 * @returns {string[]}
 */
export function remarks(finder, trouble) {
  const { say, point, feed } = finder;
  const { dropped, hidden } = finder.answer;
  const age = dataAge(say, finder.known.fetchedAt, Date.now());
  if (trouble) return [trouble, age];
  if (feed.count === 0) return [say("list.empty"), age];
  const outside = finder.isOutside();
  const names = dropped.map((name) => say(`filter.${name}`)).join(say("list.separator"));
  return [
    point
      ? say("where.chosen", { place: point.name })
      : say("where.unset", { place: finder.gazetteer.heart?.name ?? "" }),
    point?.note ?? "",
    feed.tooLarge ? say("where.privacy_sent") : "",
    outside ? say("where.outside", { distance: distance(say, finder.nearestM()) }) : "",
    names ? say("list.relaxed", { dropped: names }) : "",
    hidden && !outside ? say("list.hidden", { count: hidden }) : "",
    certainty(finder),
    age,
  ];
}

/**
 * Say whether the first answer is sure, where that was asked for: which nearer ones are not, or that it is not itself.
 * @param {import("./finder.js").Finder} finder
 */
function certainty({ say, choice, point, named, answer: { offers, passed, dropped } }) {
  const [first] = offers;
  if (!point || named) return "";
  if (passed) return say("list.passed", { count: passed });
  return first && !isSure(relaxed(choice, dropped), first) ? say("list.unsure") : "";
}
