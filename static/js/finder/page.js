/** The screen of the finder: list, map, notices and fields, and what a choice of the rider changes on them. */

import { AutoRefresh } from "./auto_refresh.js";
import { listenToControls } from "./controls.js";
import { keepFilters } from "./filter_address.js";
import { openLayers } from "./history_layers.js";
import { PAGE, panel, StationList } from "./list.js";
import { noticesOf } from "./notices.js";
import { renamedOrigin, startOriginPicker } from "./origin_picker.js";
import { lookAgain, watchLifecycle } from "./page_lifecycle.js";
import { restoreView } from "./saved_view.js";
import { MapLine } from "../map/map_line.js";
import { MapView, view } from "../map/map_view.js";
import { takeHandedOver } from "../rider/handed_over.js";
import { isPlace } from "../rider/locate.js";
import { remember } from "../shared/address.js";
import { afterPaint, byId } from "../shared/dom.js";
import { actionButton, showNotice } from "../shared/notice.js";

/** The finder together with its screen. */
export class Page {
  /**
   * @param {import("./finder.js").Finder} finder
   */
  constructor(finder) {
    this.finder = finder;
    this.trouble = "";
    /** @type {(() => void) | null} */
    this.showDistricts = null;
    /** @type {import("./origin_picker.js").Origin | null} where the rider started from before a point was taken from the map */
    this.before = null;
    this.map = new MapView(finder, (point) => this.offerStart(point));
    this.line = new MapLine(
      finder.translate,
      () => this.view("list"),
      () => this.takeBack(),
    );
    this.list = new StationList((station) => this.map.open(station));
  }

  /** Begin: show a first answer at once, then the map when it stands. */
  start() {
    const { finder } = this;
    listenToControls(finder.translate, finder.filters, (filters) => this.choose(filters));
    this.showDistricts = startOriginPicker(finder.translate, {
      districts: finder.gazetteer.districts,
      find: (text, most) => finder.find(text, most),
      guess: (text, most) => finder.guess(text, most),
      choose: (chosen) => void this.go(chosen),
      chosen: () => finder.point,
      wait: (text) => {
        showNotice([text]);
        this.line.put("", text);
      },
      complain: (text) => this.complain(text),
    });
    for (const button of document.querySelectorAll("button[data-view]"))
      button.addEventListener("click", () => this.view(/** @type {HTMLElement} */ (button).dataset.view ?? "list"));
    // The list may be out of view.
    document.querySelector(".skip")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.view("list");
      byId("list").focus();
    });
    watchLifecycle(this);
    new AutoRefresh(this).start();
    keepFilters(finder.filters);
    const point = takeHandedOver();
    if (point && isPlace(point.lon, point.lat)) this.from(renamedOrigin(finder.translate, finder.gazetteer, point));
    const isOpen = openLayers(history.state);
    const sight = restoreView();
    void this.update().then(() => sight && afterPaint(() => lookAgain(this, sight, isOpen)));
    // A station that the address names may be lost.
    void this.map.attach(sight?.map).then(() => this.showNotices());
  }

  /**
   * Take a point of the map as the start; where there is one already, ask first: a tap is quickly done.
   * @param {import("./origin_picker.js").Origin} point
   */
  offerStart(point) {
    // A report may want it (reports/map_point.js).
    if (!document.dispatchEvent(new CustomEvent("stationmap-point", { detail: point, cancelable: true }))) return;
    if (this.finder.guide?.takes(point)) return;
    const before = this.finder.point;
    const take = async () => {
      await this.go(point, { look: false });
      if (!before) return;
      this.before = before;
      this.showNotices();
      this.line.show(this.finder, "", true);
    };
    if (this.line.asking || !before) void take();
    else this.map.ask(point, () => void take());
  }

  /** Start from where the rider started before. */
  takeBack() {
    if (this.before) void this.go(this.before);
  }

  /**
   * @param {import("../rider/filter_rules.js").Filters} filters
   */
  choose(filters) {
    const before = this.finder.filters;
    this.finder.filters = filters;
    void this.update();
    // The browser takes longer to change an address than the page to answer.
    afterPaint(() => keepFilters(filters));
    remember(before, filters);
  }

  /**
   * Start from a point, and let the fields say which.
   * @param {import("./origin_picker.js").Origin} chosen
   */
  from(chosen) {
    this.finder.go(chosen);
    const search = /** @type {HTMLInputElement} */ (byId("search"));
    if (search.value !== chosen.name) search.value = "";
    /** @type {HTMLSelectElement} */ (byId("district")).value = chosen.code ?? "";
  }

  /**
   * Answer for a point.
   * @param {import("./origin_picker.js").Origin} chosen
   * @param {{look?: boolean}} [options]
   */
  async go(chosen, { look = true } = {}) {
    if (this.finder.guide?.takes(chosen)) return;
    this.from(chosen);
    this.trouble = "";
    this.before = null;
    this.line.asking = "";
    await this.update();
    panel().scrollTop = 0; // another answer, which begins at the top
    afterPaint(() => {
      this.map.mark();
      if (look) this.map.look();
    });
  }

  /**
   * Answer again; `isNew` is false where only the time has passed.
   * @param {{isNew: boolean}} [options]
   */
  async update(options = { isNew: true }) {
    const { finder } = this;
    try {
      // The first screen does not wait for what only the map and the counts need.
      if (!(await finder.ask(options.isNew ? PAGE : Infinity))) return;
    } catch {
      return this.complain(finder.translate("app.load_failed"));
    }
    if (finder.feed.tooLarge) this.trouble = "";
    this.show(options);
    afterPaint(() => {
      finder.complete();
      this.showNotices();
      this.list.complete(finder.ranking.offers);
      this.map.show();
      this.line.show(finder, this.trouble, Boolean(this.before));
      finder.guide?.answered();
    });
  }

  /**
   * Say what failed and how else to go on; the last answer stays.
   * @param {string} text
   */
  complain(text) {
    this.trouble = text;
    this.show({ isNew: false });
    this.line.asking = "";
    this.line.show(this.finder, text);
  }

  /**
   * @param {{isNew: boolean}} options
   */
  show(options) {
    this.list.show(this.finder.context(), this.finder.ranking.offers, options);
    this.showNotices();
  }

  /** Show what there is to say above the list. */
  showNotices() {
    showNotice(noticesOf(this.finder, this.trouble), ...this.ways());
  }

  /** What to do where the position is missing, rough or elsewhere. */
  ways() {
    const { translate, point } = this.finder;
    if (this.before && !this.trouble) return [actionButton(translate("where.undo"), () => this.takeBack())];
    if (!this.trouble && !point?.note && !this.finder.isOutside()) return [];
    const toMap = actionButton(translate("where.tap_map"), () => this.askOnMap());
    const toDistricts = actionButton(translate("where.pick_district"), () => this.showDistricts?.());
    return point?.note && !this.trouble ? [toMap] : [toMap, toDistricts];
  }

  /**
   * Let the rider tap the map.
   * @param {string} [text] what to tap there
   */
  askOnMap(text = this.finder.translate("map.ask")) {
    this.line.asking = text;
    this.line.show(this.finder, "");
    this.view("map");
  }

  /**
   * @param {string} name
   */
  view(name) {
    view(name);
    this.line.measure();
    this.map.resized();
  }
}
