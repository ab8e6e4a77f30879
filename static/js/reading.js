/** Finding Chinese text by what is typed: characters, pinyin, initials, or a mixture; 徐州站 by xuzhouzhan, xzz, 徐zhan. */

const MOST_LETTERS = 30; // a bit of a 32-bit word each

/**
 * Return the function that tells whether a folded text holds a word in one of these ways.
 *
 * A state is the set of places in the word at which the text read so far may stand; each character moves all of them at once.
 * @param {string} word folded
 * @param {ReadonlyMap<string, readonly string[]>} readings of a character
 * @returns {(text: string) => boolean}
 */
export function finderOf(word, readings) {
  const length = Math.min(word.length, MOST_LETTERS);
  const typed = word.slice(0, length);
  /** @type {Map<string, readonly number[] | null>} */
  const known = new Map();
  return (text) => {
    let state = 1;
    for (const character of text) {
      let steps = known.get(character);
      if (steps === undefined) known.set(character, (steps = stepsOf(character, typed, readings.get(character))));
      let next = 1;
      if (steps) for (let at = 0; at < length; at++) if (state & (1 << at)) next |= steps[at];
      if (next & (1 << length)) return true;
      state = next;
    }
    return false;
  };
}

/**
 * Return for each place in a word the set of places a character leads to from there; null if it leads nowhere.
 * @param {string} character
 * @param {string} word
 * @param {readonly string[]} [readings]
 */
function stepsOf(character, word, readings = []) {
  const steps = Array.from(word, (letter, at) => {
    let to = letter === character ? 1 << (at + 1) : 0;
    for (const reading of readings) {
      if (letter === reading[0]) to |= 1 << (at + 1);
      if (word.startsWith(reading, at)) to |= 1 << (at + reading.length);
      // The last syllable may still be on its way.
      if (reading.startsWith(word.slice(at))) to |= 1 << word.length;
    }
    return to;
  });
  return steps.some(Boolean) ? steps : null;
}

/**
 * Return the readings of each character.
 * @param {Record<string, string>} characters by their reading
 * @returns {Map<string, string[]>}
 */
export function readingsOf(characters) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const [reading, all] of Object.entries(characters))
    for (const character of all) found.set(character, [...(found.get(character) ?? []), reading]);
  return found;
}
