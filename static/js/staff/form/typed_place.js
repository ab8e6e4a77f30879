/** What is pasted or typed as a place: the server reads it, so that the pin shows where it leads before it is saved. */

import { element, setChildren } from "../../shared/dom.js";
import { field } from "./fields.js";

/**
 * @typedef {{lon?: number, lat?: number, told: string[], faults: string[],
 *   found: {name: string, lon: number, lat: number}[], links: {label: string, url: string}[]}} Read
 * @typedef {import("../../shared/translate.js").Translate} Translate
 */

const KEEP = "keep";
const SETTLED_MS = 400;
const ABOUT_PLACE = ["place", "place_datum", "lon", "lat", "datum", "address", "csrf_token"];
const ASKED_FOR = ["place", "place_datum", "lon", "lat", "datum"];

export class TypedPlace {
  /**
   * @param {HTMLFormElement} form
   * @param {Translate} translate
   * @param {import("./position_map.js").PositionMap} map
   */
  constructor(form, translate, map) {
    this.form = form;
    this.translate = translate;
    this.map = map;
    this.told = /** @type {HTMLElement} */ (form.querySelector("#position-told"));
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  start() {
    for (const name of ASKED_FOR)
      this.form.elements.namedItem(name) instanceof Element &&
        /** @type {Element} */ (this.form.elements.namedItem(name)).addEventListener("input", () => this.later());
    this.form.addEventListener("restored", () => void this.read("place"));
    const button = element("button", { type: "button", class: "plain" }, this.translate("form.script.by_address"));
    button.addEventListener("click", () => void this.read("address"));
    this.form.querySelector("#field-address")?.after(button);
  }

  later() {
    field(this.form, "position_how").value = KEEP; // what was said of another point
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.read("place"), SETTLED_MS);
  }

  /** @param {"place" | "address"} what */
  async read(what) {
    const sent = [...new FormData(this.form)].filter(([name]) => ABOUT_PLACE.includes(name));
    try {
      const body = new URLSearchParams(/** @type {string[][]} */ ([...sent, ["by", what]]));
      const answer = await fetch(this.form.dataset.places ?? "", { method: "POST", body });
      if (answer.ok) this.show(await answer.json());
    } catch {
      // Without a network it is read when the form is saved.
    }
  }

  /** @param {Read} read */
  show({ lon, lat, told, faults, found, links }) {
    if (lon !== undefined && lat !== undefined) this.map.put(lon, lat);
    const near = found.map((place) => {
      const show = () => this.map.put(place.lon, place.lat);
      return element("li", {}, element("button", { type: "button", class: "plain", onclick: show }, place.name));
    });
    const ways = links.map(({ label, url }) =>
      element("li", {}, element("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, label)),
    );
    setChildren(this.told, [
      ...faults.map((fault) => element("span", { class: "staff-error" }, fault, " ")),
      ...told.map((line) => element("span", {}, line, " ")),
      ...(near.length || ways.length ? [element("ul", { class: "form-found" }, ...near, ...ways)] : []),
    ]);
  }
}
