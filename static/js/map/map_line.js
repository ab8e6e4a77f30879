/** The line on the map: what to do there, then the first answer with the way to the list. */

import { dataAge, pastOf } from "../rider/data_age.js";
import { shareParts, SEPARATOR } from "../finder/share_text.js";
import { isInUse } from "../rider/filter_rules.js";
import { byId, element, setText } from "../shared/dom.js";
import { nameOf } from "../shared/status_text.js";

export class MapLine {
  /**
   * @param {import("../shared/translate.js").Translate} translate
   * @param {() => void} toList
   * @param {() => void} takeBack
   */
  constructor(translate, toList, takeBack) {
    this.translate = translate;
    this.asking = ""; // what to tap on the map
    this.name = element("bdi");
    this.text = element("span");
    this.list = element("button", { type: "button", class: "plain", onclick: toList }, translate("view.list"));
    this.undo = element("button", { type: "button", class: "plain", onclick: takeBack }, translate("where.undo"));
    const locate = /** @type {HTMLElement} */ (byId("locate").cloneNode(true));
    locate.id = "";
    locate.removeAttribute("aria-busy");
    locate.addEventListener("click", () => byId("locate").click());
    this.box = element(
      "div",
      { class: "map-line" },
      element("p", { role: "status" }, this.name, this.text),
      this.undo,
      this.list,
      locate,
    );
    byId("map").append(this.box);
    new ResizeObserver(() => this.measure()).observe(this.box);
  }

  /** Tell what stands above the line how high it is. */
  measure() {
    byId("map").style.setProperty("--line-height", `${this.box.offsetHeight}px`);
  }

  /**
   * Show where a finder stands; `trouble` is what failed and goes before the rest.
   * @param {import("../finder/finder.js").Finder} finder
   * @param {string} trouble
   * @param {boolean} [canUndo] whether the start was just taken from the map in the place of another
   */
  show(finder, trouble, canUndo = false) {
    const { translate } = this;
    const { point, ranking } = finder;
    const [first] = ranking.offers;
    const context = finder.context();
    if (this.asking) this.put("", this.asking);
    else if (trouble || !point || !first || !isInUse(first.station)) this.put("", trouble || translate("map.tap"));
    else {
      const aged = [pastOf(translate, point, Date.now()), dataAge(translate, finder.known.fetchedAt, Date.now())];
      const parts = [...shareParts(context, first).slice(0, 2), ...aged].filter(Boolean);
      this.put(nameOf(context.lang, first.station), parts.join(SEPARATOR));
    }
    this.undo.hidden = !canUndo;
    this.box.classList.toggle("can-undo", canUndo);
    this.box.classList.toggle("asks", Boolean(this.asking));
  }

  /**
   * @param {string} name of the station the text is about, if it is about one
   * @param {string} text
   */
  put(name, text) {
    setText(this.name, name);
    setText(this.text, text);
    this.box.classList.toggle("has-answer", Boolean(name));
    this.list.hidden = !name;
  }
}
