/** The page that finds the nearest usable station: feed in, list and map out. */

import { filtersIn, queryToStartWith, queryWith, remember } from "../shared/address.js";
import { listenToBack, openLayers } from "./history_layers.js";
import { FRESH_MS, MOVED_MS } from "../rider/data_age.js";
import { takeHandedOver, handOver } from "../rider/handed_over.js";
import { whenCorrected } from "../shared/clock.js";
import { listenToControls } from "./controls.js";
import { afterPaint, byId } from "../shared/dom.js";
import { feedOf } from "../rider/feed.js";
import { Finder } from "./finder.js";
import { wordsOf } from "../shared/translate.js";
import { latestFeed, onNewerFeed } from "../rider/feed_cache.js";
import { PAGE, StationList } from "./list.js";
import { isPlace } from "../rider/locate.js";
import { MapLine } from "../map/map_line.js";
import { MapView, view } from "../map/map_view.js";
import { showNotice, actionButton } from "../shared/notice.js";
import { noticesOf } from "./notices.js";
import { resource } from "../shared/resource.js";
import { restoreView, saveView } from "./saved_view.js";
import { relocate, renamedOrigin, startOriginPicker } from "./origin_picker.js";
import { MINUTE_MS } from "../shared/time_units.js";

/** The finder together with its screen. */
class Page {
  /**
   * @param {Finder} finder
   */
  constructor(finder) {
    this.finder = finder;
    this.trouble = "";
    this.askedAt = 0;
    /** @type {(() => void) | null} */
    this.showDistricts = null;
    /** @type {import("./origin_picker.js").Origin | null} where the rider started from before a point was taken from the map */
    this.before = null;
    this.map = new MapView(finder, (point) => this.offerStart(point));
    this.line = new MapLine(
      finder.say,
      () => this.view("list"),
      () => this.takeBack(),
    );
    this.list = new StationList((station) => this.map.open(station));
  }

  /** Begin: show a first answer at once, then the map when it stands. */
  start() {
    const { finder } = this;
    listenToControls(finder.say, finder.filters, (filters) => this.choose(filters));
    this.showDistricts = startOriginPicker(finder.say, {
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
    const language = document.getElementById("language");
    let isForNext = false;
    if (language instanceof HTMLAnchorElement)
      language.addEventListener("click", () => {
        keepView(language);
        isForNext = true;
      });
    const leave = () => {
      handOver(finder.point, finder.filters.travel);
      saveView(this.sight(), isForNext);
    };
    addEventListener("pagehide", leave);
    // The page itself has it still.
    const stay = () => {
      isForNext = false;
      takeHandedOver();
      restoreView();
    };
    addEventListener("pageshow", ({ persisted }) => persisted && stay());
    // A phone that needs its memory ends a page out of sight without a word.
    document.addEventListener("visibilitychange", () => (document.hidden ? leave() : stay()));
    listenToBack((missing) => {
      keepChoice(this.finder.filters); // chosen since that entry was made
      this.reopen(missing);
    });
    const refresh = () => {
      if (document.hidden) return;
      void this.update({ isNew: false });
      void this.locateAgain();
      void this.renew();
    };
    setInterval(refresh, MINUTE_MS);
    document.addEventListener("visibilitychange", refresh);
    onNewerFeed(() => void this.renew(-Infinity));
    whenCorrected(() => void this.update({ isNew: false }));
    keepChoice(finder.filters);
    const point = takeHandedOver();
    if (point && isPlace(point.lon, point.lat)) this.from(renamedOrigin(finder.say, finder.gazetteer, point));
    const isOpen = openLayers(history.state);
    const sight = restoreView();
    void this.update().then(() => sight && afterPaint(() => this.look(sight, isOpen)));
    // A station that the address names may be lost.
    void this.map.attach(sight?.map).then(() => this.tell());
  }

  /**
   * What the rider looks at, for when they come back.
   * @returns {import("./saved_view.js").ViewState}
   */
  sight() {
    const { view = "list" } = document.body.dataset;
    return { rows: this.list.length, top: panel().scrollTop, view, map: this.map.sight() };
  }

  /**
   * Look at what the rider looked at before.
   * @param {import("./saved_view.js").ViewState} sight
   * @param {readonly string[]} open
   */
  look({ rows, top, view }, open) {
    this.list.lengthen(rows);
    this.reopen(open);
    panel().scrollTop = top;
    if (view !== "list") this.view(view);
  }

  /**
   * Open again what was open, the lowest first; a popup comes with the map.
   * @param {readonly string[]} names
   */
  reopen(names) {
    if (names.includes("filters") && byId("filters").hidden) byId("filters-toggle").click();
    if (names.includes("map")) this.view("map");
  }

  /**
   * Take a point of the map as the start; where there is one already, ask first: a tap is quickly done.
   * @param {import("./origin_picker.js").Origin} point
   */
  offerStart(point) {
    const before = this.finder.point;
    const take = async () => {
      await this.go(point, { look: false });
      if (!before) return;
      this.before = before;
      this.tell();
      this.line.show(this.finder, "", true);
    };
    if (this.line.isAsking || !before) void take();
    else this.map.ask(point, () => void take());
  }

  /** Start from where the rider started before. */
  takeBack() {
    if (this.before) void this.go(this.before);
  }

  /** Request the position again where the last one is old and no tap is needed for it: the rider has moved on. */
  async locateAgain() {
    const { finder } = this;
    const { point } = finder;
    if (!point?.fix || Date.now() - Math.max(point.fix.atMs, this.askedAt) < MOVED_MS) return;
    this.askedAt = Date.now();
    const found = await relocate(finder.say);
    if (!found || finder.point !== point) return;
    this.from({ ...found, id: point.id, looked: point.looked });
    await this.update({ isNew: false });
    this.map.mark();
  }

  /**
   * Take newer stations where these are too old; a service worker may answer with its own at first.
   * @param {number} [mostMs]
   */
  async renew(mostMs = FRESH_MS) {
    const { finder } = this;
    if (Date.now() - finder.known.fetchedAt < mostMs) return;
    const newest = await newestFeed().catch(() => null);
    if (!newest || newest.fetchedAt <= finder.known.fetchedAt) return;
    finder.take(newest);
    void this.update({ isNew: false });
  }

  /**
   * @param {import("../rider/filter_rules.js").Filters} filters
   */
  choose(filters) {
    const before = this.finder.filters;
    this.finder.filters = filters;
    void this.update();
    // The browser takes longer to change an address than the page to answer.
    afterPaint(() => keepChoice(filters));
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
    this.from(chosen);
    this.trouble = "";
    this.before = null;
    this.line.isAsking = false;
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
      return this.complain(finder.say("app.load_failed"));
    }
    if (finder.feed.tooLarge) this.trouble = "";
    this.show(options);
    afterPaint(() => {
      finder.complete();
      this.tell();
      this.list.complete(finder.ranking.offers);
      this.map.show();
      this.line.show(finder, this.trouble, Boolean(this.before));
    });
  }

  /**
   * Say what failed and how else to go on; the last answer stays.
   * @param {string} text
   */
  complain(text) {
    this.trouble = text;
    this.show({ isNew: false });
    this.line.isAsking = false;
    this.line.show(this.finder, text);
  }

  /**
   * @param {{isNew: boolean}} options
   */
  show(options) {
    this.list.show(this.finder.context(), this.finder.ranking.offers, options);
    this.tell();
  }

  /** Say what goes above the list. */
  tell() {
    showNotice(noticesOf(this.finder, this.trouble), ...this.ways());
  }

  /** What to do where the position is missing, rough or elsewhere. */
  ways() {
    const { say, point } = this.finder;
    if (this.before && !this.trouble) return [actionButton(say("where.undo"), () => this.takeBack())];
    if (!this.trouble && !point?.note && !this.finder.isOutside()) return [];
    const toMap = actionButton(say("where.tap_map"), () => this.askOnMap());
    const toDistricts = actionButton(say("where.pick_district"), () => this.showDistricts?.());
    return point?.note && !this.trouble ? [toMap] : [toMap, toDistricts];
  }

  /** Let the rider tap the map. */
  askOnMap() {
    this.line.isAsking = true;
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

/**
 * Keep the filters in the address, so that the view can be shared.
 * @param {import("../rider/filter_rules.js").Filters} filters
 */
function keepChoice(filters) {
  const query = queryWith(new URLSearchParams(location.search), filters, document.body.dataset.travel).toString();
  history.replaceState(history.state, "", `${location.pathname}${query ? `?${query}` : ""}${location.hash}`);
}

/**
 * Lead to the other language with the filters and the station of this view.
 * @param {HTMLAnchorElement} link
 */
function keepView(link) {
  const query = new URLSearchParams(location.search);
  query.set("lang", link.hreflang);
  link.href = `?${query}${location.hash}`;
}

/**
 * Return the page's feed: of the server or kept, or inside the page (a file opened from disk).
 * @returns {Promise<import("../rider/feed_cache.js").FetchedFeed>}
 */
async function newestFeed() {
  const link = byId("feed");
  if (link instanceof HTMLLinkElement) return latestFeed(link.href, feedOf);
  return { feed: feedOf(await resource("feed")), fetchedAt: Number(document.body.dataset.made) };
}

/** The part of the page that scrolls. */
function panel() {
  return /** @type {HTMLElement} */ (document.querySelector(".panel"));
}

async function main() {
  const [say, kept] = await Promise.all([resource("words").then(wordsOf), newestFeed().catch(() => null)]);
  try {
    if (!kept) throw new Error("there is no feed");
    const { travel: usual } = document.body.dataset;
    const filters = filtersIn(queryToStartWith(new URLSearchParams(location.search), usual), usual);
    const finder = new Finder(say, document.body.dataset, filters, kept);
    const page = new Page(finder);
    page.start();
    begun();
  } catch {
    begun([]);
    showNotice(
      [say("app.load_failed")],
      actionButton(say("app.retry"), () => location.reload()),
    );
  }
}

/**
 * Do what was tapped before this page could act on it; from now on it does so itself.
 * @param {readonly Element[]} taps
 */
function begun(taps = globalThis.earlyTaps ?? []) {
  for (const tapped of globalThis.earlyTaps ?? []) tapped.removeAttribute("aria-busy");
  globalThis.earlyTaps = null;
  byId("stuck").remove();
  for (const tapped of taps) {
    if (tapped instanceof HTMLButtonElement) tapped.click();
    else tapped.dispatchEvent(new Event("submit", { cancelable: true }));
  }
  // Who is still typing is offered what is found so far.
  const isSent = taps.some((tapped) => tapped instanceof HTMLFormElement);
  if (!isSent && document.activeElement === byId("search")) byId("search").dispatchEvent(new Event("focus"));
}

// Without words for it, the line of the page says what to do.
main().catch(() => document.documentElement.classList.add("is-stuck"));
