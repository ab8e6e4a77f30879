/** A place in numbers: with its datum, links that carry it to map apps in theirs, and a way to copy it. */

import * as words from "../figure_text.js";
import { element } from "../../shared/dom.js";
import { linkTo } from "../../station/map_links.js";
import { copy } from "../../shared/share.js";

const DATUM = "WGS-84";
const SAID_MS = 2000;

/** The maps that open from this browser, the most useful first. */
const maps = JSON.parse(document.getElementById("maps")?.textContent ?? "[]").filter(
  (/** @type {import("../../station/map_links.js").MapLink} */ { code }) => code !== "amap_route", // nobody goes to where nothing is yet
);

/**
 * @param {import("../../shared/translate.js").Translate} translate
 * @param {[number, number]} lonLat in degrees
 * @param {string} name
 */
export function placeOf(translate, lonLat, name) {
  const [lon, lat] = lonLat;
  const links = maps.map((/** @type {import("../../station/map_links.js").MapLink} */ map) =>
    element(
      "a",
      { href: linkTo(map, { lon, lat, name, address: null }), rel: "noreferrer", target: "_blank" },
      translate(`go.${map.code}`),
    ),
  );
  return element(
    "span",
    { class: "audit-place" },
    element("span", {}, `${DATUM} ${words.place(lonLat)}`),
    copier(translate, lonLat),
    ...links,
  );
}

/**
 * Return a button that copies a place with its datum, and says so.
 * @param {import("../../shared/translate.js").Translate} translate
 * @param {[number, number]} lonLat
 */
export function copier(translate, lonLat) {
  const button = element("button", { type: "button", class: "plain" }, translate("audit.page.copy"));
  button.addEventListener("click", async () => {
    if (!(await copy(`${words.place(lonLat)} (${DATUM})`))) return;
    button.textContent = translate("audit.page.copied");
    setTimeout(() => (button.textContent = translate("audit.page.copy")), SAID_MS);
  });
  return button;
}
