/** The page that finds the nearest usable station: feed in, list and map out. */

import { choiceIn, queryToStartWith, queryWith, remember } from "./address.js";
import { dataAge } from "./age.js";
import { answer, statuses } from "./answer.js";
import { address, popup, row } from "./card.js";
import { line } from "./chat.js";
import { relaxed, suits, visit } from "./choice.js";
import * as controls from "./controls.js";
import { byId, renew } from "./dom.js";
import { feedOf } from "./feed.js";
import { minuteAt, statusAt } from "./hours.js";
import { wordsOf } from "./i18n.js";
import { latest, whenNewer } from "./keep.js";
import { attach } from "./map.js";
import { Places } from "./nearest.js";
import { notice, way } from "./notice.js";
import { askPlaces, askServer } from "./remote.js";
import { resource } from "./resource.js";
import { distance } from "./say.js";
import { Gazetteer } from "./search.js";
import { copy } from "./share.js";
import * as where from "./where.js";

/**
 * @typedef {import("./answer.js").Answer} Answer
 * @typedef {import("./answer.js").Offer} Offer
 * @typedef {import("./where.js").Chosen} Chosen
 */

const PAGE = 20;
const FIRST_SCREEN = 6; // rows drawn before anything else
const OUTSIDE_M = 30_000;
const REFRESH_MS = 60_000;
const NEARBY = 8; // so many stations come into view around a chosen point
const WIDE_PX = 800; // as in page.css: list and map side by side
const MOST_RESULTS = 10;
const TYPING_MS = 200;
/** @type {Answer} */
const NOTHING = { offers: [], dropped: [], hidden: 0 };

/** A finder at work: what was asked, what was answered, and the screen that shows it. */
class Finder {
  /**
   * @param {import("./feed.js").Feed} feed
   * @param {number} fetchedAt Unix ms
   * @param {import("./i18n.js").Words} say
   */
  constructor(feed, fetchedAt, say) {
    this.say = say;
    this.choice = choiceIn(queryToStartWith(new URLSearchParams(location.search)));
    /** @type {Chosen | null} */
    this.point = null;
    this.answer = NOTHING;
    this.trouble = "";
    this.asked = 0;
    this.length = PAGE;
    /** @type {import("./map.js").StationLayer | null} */
    this.map = null;
    /** @type {import("./feed.js").Station | null} on the map whatever the choice leaves out */
    this.opened = null;
    this.take(feed, fetchedAt);
  }

  /**
   * Work on a feed from now on.
   * @param {import("./feed.js").Feed} feed
   * @param {number} fetchedAt Unix ms
   */
  take(feed, fetchedAt) {
    this.feed = feed;
    this.fetchedAt = fetchedAt;
    this.places = new Places(
      feed.stations.map(({ lon }) => lon),
      feed.stations.map(({ lat }) => lat),
    );
    this.gazetteer = new Gazetteer(feed, (code) => this.say(`district.${code}`));
    this.ranked = null;
  }

  /** Begin: show a first answer at once, then the map when it stands. */
  start() {
    const { say } = this;
    this.keepChoice();
    controls.listen(say, this.choice, (choice) => this.choose(choice));
    where.listen(say, {
      districts: this.gazetteer.districts,
      find: (text) => this.find(text),
      choose: (chosen) => this.go(chosen),
      wait: (text) => notice([text]),
      complain: (text) => this.complain(text),
    });
    byId("more").addEventListener("click", () => this.showMore());
    byId("copy").addEventListener("click", () => void this.copyFirst());
    for (const button of document.querySelectorAll("button[data-view]")) {
      button.addEventListener("click", () => this.view(/** @type {HTMLElement} */ (button).dataset.view ?? "list"));
    }
    const language = document.getElementById("language");
    if (language instanceof HTMLAnchorElement) language.addEventListener("click", () => keepView(language));
    // The list must not shrink for a moment under somebody who has scrolled.
    const refresh = () => document.hidden || this.update(this.length);
    setInterval(refresh, REFRESH_MS);
    document.addEventListener("visibilitychange", refresh);
    void this.update();
    void this.attachMap();
  }

  async attachMap() {
    this.map = await attach({
      nameOf: ({ station, state }) =>
        this.say("map.marker", {
          name: station.name,
          category: this.say(`category.${station.category}`),
          state: this.say(`state.${state}`),
        }),
      clusterName: (count, usable) => this.say("map.cluster", { count, usable }),
      detailsOf: ({ station }) => popup(this.context(), this.offerOf(station)),
      onPoint: (point) => this.go({ ...point, name: this.say("where.map_point") }, { look: false }),
      groundName: this.say("map.ground"),
      closeName: this.say("map.close"),
    });
    addEventListener("resize", () => {
      this.map?.resized();
      this.showOnMap();
    });
    this.showOnMap();
    if (this.point) this.map.mark(this.point, this.point.name);
    const wanted = linkedId();
    const linked = this.feed.stations.find(({ id }) => id === wanted);
    if (linked) this.openOnMap(linked);
    else this.look();
  }

  /**
   * @param {import("./choice.js").Choice} choice
   */
  choose(choice) {
    this.choice = choice;
    this.length = PAGE;
    this.keepChoice();
    void this.update();
  }

  /** Keep the choice in the address, so that the view can be shared, and on this device. */
  keepChoice() {
    const query = queryWith(new URLSearchParams(location.search), this.choice).toString();
    history.replaceState(null, "", `${location.pathname}${query ? `?${query}` : ""}${location.hash}`);
    afterPaint(() => remember(this.choice));
  }

  /**
   * Answer for a point.
   * @param {Chosen} chosen
   * @param {{look?: boolean}} [options]
   */
  async go(chosen, { look = true } = {}) {
    this.point = chosen;
    this.ranked = null;
    this.trouble = "";
    this.length = PAGE;
    this.map?.mark(chosen, chosen.name);
    await this.update();
    if (look) this.look();
  }

  /**
   * Say what failed and how else to go on; the last answer stays.
   * @param {string} text
   */
  complain(text) {
    this.trouble = text;
    this.showList(this.length);
  }

  /**
   * Return the places a text names: of the feed, and where that has no stations, of the server.
   * @param {string} text
   */
  async find(text) {
    const found = this.gazetteer.search(text, MOST_RESULTS);
    if (!this.feed.tooLarge) return found;
    this.typed = text;
    await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
    if (this.typed !== text) return found;
    const asked = askPlaces(document.body.dataset.stations ?? "", text, MOST_RESULTS);
    return [...found, ...(await asked.catch(() => []))].slice(0, MOST_RESULTS);
  }

  /**
   * Answer again.
   * @param {number} [atOnce] so many rows are drawn now
   */
  async update(atOnce) {
    const point = this.point ?? this.gazetteer.heart;
    const mine = ++this.asked;
    if (point && this.feed.tooLarge) {
      const url = document.body.dataset.nearest ?? "";
      try {
        const answered = await askServer(url, this.feed, point, this.choice, this.travel());
        if (mine !== this.asked) return;
        this.answer = answered;
      } catch {
        return this.complain(this.say("app.load_failed"));
      }
    } else if (point) {
      this.ranked ??= this.places.ranked(point.lon, point.lat);
      this.answer = answer(this.feed, this.ranked, this.choice, this.minute(), this.travel());
    }
    if (this.feed.tooLarge) this.trouble = "";
    this.showList(atOnce);
    afterPaint(() => this.showOnMap());
  }

  /**
   * Show the answer from its beginning.
   * @param {number} [atOnce] so many rows are drawn now and the others once these are on the screen
   */
  showList(atOnce = FIRST_SCREEN) {
    const context = this.context();
    const { offers } = this.answer;
    const shown = offers.slice(0, this.length);
    const rowOf = (/** @type {Offer} */ offer) => row(context, offer, ({ station }) => this.openOnMap(station));
    const list = byId("list");
    renew(list, shown.slice(0, atOnce).map(rowOf));
    const mine = (this.drawn = {});
    if (shown.length > atOnce)
      afterPaint(() => mine === this.drawn && list.append(...shown.slice(atOnce).map(rowOf)));
    const more = byId("more");
    more.hidden = shown.length >= offers.length;
    more.textContent = this.say("list.more", { count: Math.min(PAGE, offers.length - shown.length) });
    byId("done").textContent = this.say("filter.show", { count: offers.length });
    byId("line").textContent = this.point && offers.length ? line(context, offers[0]) : this.say("list.first");
    byId("copy").hidden = !this.point || !offers.length;
    byId("copied").textContent = "";
    notice(this.remarks(), ...this.ways());
  }

  showMore() {
    const before = this.length;
    this.length += PAGE;
    const context = this.context();
    const rows = this.answer.offers
      .slice(before, this.length)
      .map((offer) => row(context, offer, ({ station }) => this.openOnMap(station)));
    byId("list").append(...rows);
    byId("more").hidden = this.length >= this.answer.offers.length;
    const left = this.answer.offers.length - this.length;
    byId("more").textContent = this.say("list.more", { count: Math.min(PAGE, left) });
    /** @type {HTMLElement | null} */ (rows[0]?.querySelector("a, button"))?.focus();
  }

  /** Put the first answer on the clipboard: its name, the line that explains it, its address. */
  async copyFirst() {
    const [offer] = this.answer.offers;
    const context = this.context();
    const link = context.pages ? new URL(address(context, offer.station.id), location.href).href : "";
    const text = [offer.station.name, line(context, offer), link].filter(Boolean).join("\n");
    byId("copied").textContent = this.say((await copy(text)) ? "share.copied" : "share.failed");
  }

  /** @returns {string[]} */
  remarks() {
    const { say, point } = this;
    const { dropped, hidden } = this.answer;
    const age = dataAge(say, this.fetchedAt, Date.now());
    if (this.trouble) return [this.trouble, age];
    if (this.feed.count === 0) return [say("list.empty"), age];
    const place = this.gazetteer.heart?.name ?? "";
    return [
      point ? say("where.chosen", { place: point.name }) : say("where.unset", { place }),
      point?.note ?? "",
      this.feed.tooLarge ? say("where.privacy_sent") : "",
      this.isOutside() ? say("where.outside", { distance: distance(say, this.nearestM()) }) : "",
      dropped.length ? say("list.relaxed", { dropped: dropped.map((name) => say(`filter.${name}`)).join(say("list.separator")) }) : "",
      hidden && !this.isOutside() ? say("list.hidden", { count: hidden }) : "",
      age,
    ];
  }

  /** What to do where the position is missing, rough or elsewhere. */
  ways() {
    if (!this.trouble && !this.point?.note && !this.isOutside()) return [];
    const toMap = way(this.say("where.tap_map"), () => this.view("map"));
    const toDistricts = way(this.say("where.pick_district"), () => {
      const input = /** @type {HTMLInputElement} */ (byId("search"));
      input.value = "";
      input.focus();
      input.click();
    });
    return this.point?.note && !this.trouble ? [toMap] : [toMap, toDistricts];
  }

  isOutside() {
    return this.point !== null && this.nearestM() > OUTSIDE_M;
  }

  /** How far the nearest station is, whatever was asked for; of a large registry only the answer is known. */
  nearestM() {
    return this.ranked?.[0]?.metres ?? this.answer.offers[0]?.metres ?? 0;
  }

  showOnMap() {
    if (!this.map?.isVisible()) return; // it is brought up to date when it comes into view
    const { stations, days } = this.feed;
    const statusOf = statuses(this.feed, this.minute());
    const choice = relaxed(this.choice, this.answer.dropped);
    // The map shows closed stations too, as closed; only what never suits is left out.
    const suiting = this.feed.tooLarge
      ? this.answer.offers.map(({ station, visit: found }) => ({ station, state: found.state }))
      : stations
          .filter((station) => suits(choice, station, days))
          .map((station) => ({ station, state: statusOf(station).state }));
    const { opened } = this;
    if (opened && !suiting.some(({ station }) => station.id === opened.id))
      suiting.push({ station: opened, state: this.offerOf(opened).visit.state });
    this.map.show(suiting);
  }

  look() {
    const { stations } = this.feed;
    // Before there is a point a large screen shows the whole city; on a phone that would be a patch without a street.
    const centre = this.point ?? (innerWidth < WIDE_PX ? this.gazetteer.heart : null);
    const nearby = this.answer.offers.slice(0, NEARBY).map(({ station }) => station);
    const places = centre ? [centre, ...nearby] : stations.length ? stations : this.gazetteer.districts;
    if (places.length) this.map?.look(places);
  }

  /**
   * @param {import("./feed.js").Station} station
   */
  openOnMap(station) {
    const current = this.feed.stations.find(({ id }) => id === station.id) ?? station;
    this.opened = current;
    this.view("map");
    this.map?.open(current);
  }

  /**
   * Show the list or the map, where there is no room for both.
   * @param {string} name
   */
  view(name) {
    document.body.dataset.view = name;
    for (const button of document.querySelectorAll("button[data-view]")) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.view === name));
    }
    this.map?.resized();
    this.showOnMap();
  }

  /**
   * @param {import("./feed.js").Station} station
   * @returns {Offer}
   */
  offerOf(station) {
    const answered = this.answer.offers.find((offer) => offer.station.id === station.id);
    if (answered) return answered;
    const { lon, lat } = this.point ?? station;
    const { metres } = new Places([station.lon], [station.lat]).ranked(lon, lat)[0];
    const { schedule } = station;
    const status = statusAt(schedule, this.minute(), this.feed.days);
    const found = visit(status, metres, this.minute(), this.travel(), schedule, this.feed.days);
    return { station, metres, visit: found };
  }

  /** @returns {import("./card.js").Context} */
  context() {
    const { lang = "zh", pages = null } = document.body.dataset;
    return {
      say: this.say,
      lang,
      pages,
      startMs: Date.parse(this.feed.start),
      minute: this.minute(),
      atMs: Date.now(),
      travel: this.choice.travel,
      asked: this.choice.facility,
      hasPoint: this.point !== null,
    };
  }

  minute() {
    return minuteAt(this.feed.start, Date.now());
  }

  /** @returns {import("./choice.js").Travel} */
  travel() {
    const { walkMS, ebikeMS, detour } = document.body.dataset;
    return { speedMS: Number(this.choice.travel === "ebike" ? ebikeMS : walkMS), detour: Number(detour) };
  }
}

/** Return the id of the station the address names; one that cannot be read names none. */
function linkedId() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

/**
 * Lead to the other language with the choice and the station of this view.
 * @param {HTMLAnchorElement} link
 */
function keepView(link) {
  const query = new URLSearchParams(location.search);
  query.set("lang", link.hreflang);
  link.href = `?${query}${location.hash}`;
}

/**
 * Act once what was drawn is on the screen.
 * @param {() => void} act
 */
function afterPaint(act) {
  requestAnimationFrame(() => setTimeout(act));
}

/**
 * Return the page's feed: of the server or kept, or inside the page (a file opened from disk).
 * @returns {Promise<{feed: import("./feed.js").Feed, fetchedAt: number}>}
 */
async function newestFeed() {
  const link = byId("feed");
  if (link instanceof HTMLLinkElement) return latest(link.href, feedOf);
  return { feed: feedOf(await resource("feed")), fetchedAt: Date.now() };
}

async function main() {
  const [say, kept] = await Promise.all([resource("words").then(wordsOf), newestFeed().catch(() => null)]);
  try {
    if (!kept) throw new Error("there is no feed");
    const finder = new Finder(kept.feed, kept.fetchedAt, say);
    finder.start();
    whenNewer(async () => {
      const { feed, fetchedAt } = await newestFeed();
      finder.take(feed, fetchedAt);
      void finder.update(finder.length);
    });
  } catch {
    notice(
      [say("app.load_failed")],
      way(say("app.retry"), () => location.reload()),
    );
  }
}

void main();
