/** Finding Chinese text by what is typed: characters, pinyin, initials, or a mixture; 徐州站 by xuzhouzhan, xzz, 徐zhan. */

const MAX_LETTERS = 30; // a bit of a 32-bit word each
export const MIN_GUESSED = 5; // letters, a character counts as two: of less, too much else is but a slip away

/**
 * Return the function that tells whether a folded text holds a word in one of these ways.
 *
 * A state is the set of places in the word at which the text read so far may stand; each character moves all of them at once.
 * @param {string} word folded
 * @param {ReadonlyMap<string, readonly string[]>} readings of a character
 * @returns {(text: string) => boolean}
 */
export function finderOf(word, readings) {
  const length = Math.min(word.length, MAX_LETTERS);
  const typed = word.slice(0, length);
  /** @type {Map<string, readonly number[] | null>} */
  const known = new Map();
  return (text) => {
    let state = 1;
    for (const character of text) {
      let steps = known.get(character);
      if (steps === undefined) {
        steps = stepsOf(character, typed, readings.get(character));
        known.set(character, steps);
      }
      let next = 1;
      if (steps) for (let at = 0; at < length; at++) if (state & (1 << at)) next |= steps[at];
      if (next & (1 << length)) return true;
      state = next;
    }
    return false;
  };
}

/**
 * Return the function that tells whether a folded text holds a word of which a character or a letter may be wrong: a
 * character of the same sound, or one that no text has; a letter too many, too few, or another. Initials are not guessed.
 * @param {string} word folded
 * @param {ReadonlyMap<string, readonly string[]>} readings of a character
 * @param {number} [least] as `LEAST_GUESSED`, where there is less to be mistaken for
 * @returns {(text: string) => boolean}
 */
export function guesserOf(word, readings, least = MIN_GUESSED) {
  const typed = word.slice(0, MAX_LETTERS);
  const { length } = typed;
  if (Array.from(typed, (letter) => (isLetter(letter) ? 1 : 2)).reduce((sum, one) => sum + one, 0) < least)
    return finderOf(word, readings);
  /** @type {Map<string, {right: readonly number[] | null, slips: readonly number[]}>} */
  const known = new Map();
  /** @type {Map<string, readonly number[]>} */
  const misread = new Map();
  return (text) => {
    let [right, wrong] = [1, 0];
    for (const character of text) {
      let steps = known.get(character);
      if (steps === undefined) {
        steps = guessesOf(character, typed, readings, misread);
        known.set(character, steps);
      }
      let [nextRight, nextWrong] = [1, 0];
      for (let at = 0; at < length; at++) {
        const to = steps.right?.[at] ?? 0;
        if (right & (1 << at)) {
          nextRight |= to;
          nextWrong |= steps.slips[at];
        }
        if (wrong & (1 << at)) nextWrong |= to;
      }
      if ((nextRight | nextWrong) & (1 << length)) return true;
      [right, wrong] = [nextRight, nextWrong];
    }
    return false;
  };
}

/**
 * Return where a character leads to from each place in a word, rightly and by one slip.
 * @param {string} character
 * @param {string} word
 * @param {ReadonlyMap<string, readonly string[]>} readings
 * @param {Map<string, readonly number[]>} misread what is known of each reading
 */
function guessesOf(character, word, readings, misread) {
  const sounds = readings.get(character) ?? [];
  const right = stepsOf(character, word, sounds, false);
  const slips = Array.from(word, (typed, at) => slipOf(character, word, at, sounds, readings.get(typed)));
  for (const sound of sounds) {
    const steps = misread.get(sound) ?? Array.from(word, (_, at) => misreadOf(sound, word, at));
    misread.set(sound, steps);
    for (const [at, to] of steps.entries()) slips[at] |= to;
  }
  return { right, slips };
}

/**
 * Return where a character leads to from a place in a word if it was typed wrongly.
 * @param {string} character
 * @param {string} word
 * @param {number} at
 * @param {readonly string[]} sounds of the character
 * @param {readonly string[]} [typed] the sounds of what was typed for it
 */
function slipOf(character, word, at, sounds, typed) {
  if (isLetter(character) && isLetter(word[at])) {
    const added = word[at + 1] === character ? 1 << (at + 2) : 0;
    return added | (1 << (at + 1)) | (at ? 1 << at : 0);
  }
  const isSound = sounds.length > 0 && word[at] > "\u2e7f" && (!typed || typed.some((sound) => sounds.includes(sound)));
  return isSound ? 1 << (at + 1) : 0;
}

/**
 * Return where a syllable leads to from a place in a word if one of its letters was typed wrongly.
 * @param {string} sound
 * @param {string} word
 * @param {number} at
 */
function misreadOf(sound, word, at) {
  let to = 0;
  for (let end = at + Math.max(2, sound.length - 1); end <= Math.min(word.length, at + sound.length + 1); end++)
    if (isSlip(word.slice(at, end), sound)) to |= 1 << end;
  return to;
}

/**
 * Tell whether what was typed is a text but for one letter too many, too few, or another, or two that changed places.
 * @param {string} typed
 * @param {string} text
 */
function isSlip(typed, text) {
  let same = 0;
  while (same < text.length && typed[same] === text[same]) same++;
  const [a, b] = [typed.slice(same), text.slice(same)];
  if (a.length > 1 && a[0] === b[1] && a[1] === b[0]) return a.slice(2) === b.slice(2);
  return isLetter(a || b) && (a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1));
}

/**
 * @param {string} text
 */
function isLetter(text) {
  return text >= "a" && text < "{";
}

/**
 * Return for each place in a word the set of places a character leads to from there; null if it leads nowhere.
 * @param {string} character
 * @param {string} word
 * @param {readonly string[]} [readings]
 * @param {boolean} [byInitials]
 */
function stepsOf(character, word, readings = [], byInitials = true) {
  const steps = Array.from(word, (letter, at) => {
    let to = letter === character ? 1 << (at + 1) : 0;
    for (const reading of readings) {
      if (byInitials && letter === reading[0]) to |= 1 << (at + 1);
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
