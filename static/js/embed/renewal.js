/** What keeps a frame true while it stands open: it asks again when something may be another, and says if it cannot. */

import { embedded } from "./page_data.js";
import { replaceChanged } from "../station/replace_changed.js";
import { byId, setText } from "../shared/dom.js";

const LATER_S = 60; // after a failure

export class Renewal {
  /**
   * @param {number} againS seconds until the first time
   * @param {(renewed: import("./page_data.js").Embedded) => unknown} take what is new of the map
   */
  constructor(againS, take) {
    this.againS = againS;
    this.take = take;
    this.dueAt = 0;
  }

  /** Ask again when it is due, and only while somebody can see it. */
  start() {
    this.wait(this.againS);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && Date.now() >= this.dueAt) void this.renew();
    });
  }

  /** @param {number} seconds */
  wait(seconds) {
    this.dueAt = Date.now() + 1000 * seconds;
    setTimeout(() => {
      if (document.visibilityState === "visible" && Date.now() >= this.dueAt) void this.renew();
    }, 1000 * seconds);
  }

  async renew() {
    this.dueAt = Date.now() + 1000 * LATER_S; // nobody asks twice
    try {
      const answer = await fetch(location.href, { cache: "no-cache" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const renewed = embedded(page);
      for (const id of ["count", "at"]) byId(id).replaceWith(/** @type {HTMLElement} */ (page.getElementById(id)));
      const [list, newer] = [document.getElementById("list"), page.getElementById("list")];
      if (list && newer) replaceChanged(list, [...newer.children]);
      this.take(renewed);
      this.wait(renewed.again_s);
    } catch {
      const at = byId("at");
      at.classList.add("late");
      setText(at, `${at.dataset.time} · ${at.dataset.stale}`);
      this.wait(LATER_S);
    }
  }
}
