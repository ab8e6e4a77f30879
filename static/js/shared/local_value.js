/** A value that stays on this device in its local storage; where that is refused, as long as the page. */

/** @template Value */
export class LocalValue {
  /**
   * @param {string} key
   * @param {Value} initial what there is before anything was kept
   */
  constructor(key, initial) {
    this.key = key;
    this.held = initial; // what storage refused
    this.initial = initial;
    this.isLasting = true;
  }

  /** @returns {Value} */
  get() {
    try {
      const kept = this.isLasting ? localStorage.getItem(this.key) : null;
      return kept === null ? this.held : JSON.parse(kept);
    } catch {
      return this.held;
    }
  }

  /** @param {Value} value */
  set(value) {
    this.held = value;
    try {
      localStorage.setItem(this.key, JSON.stringify(value));
      this.isLasting = true;
    } catch {
      this.isLasting = false;
    }
  }

  remove() {
    this.held = this.initial;
    try {
      localStorage.removeItem(this.key);
    } catch {
      // Nothing is there.
    }
  }
}
