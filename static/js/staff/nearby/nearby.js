/** The page for a phone at a door: what is near, and checks that wait here until the network is back. */

import { locate } from "../../rider/locate.js";
import { byId } from "../../shared/dom.js";
import { resource } from "../../shared/resource.js";
import { distanceText, nameOf, verifiedText } from "../../shared/status_text.js";
import { translatorOf } from "../../shared/translate.js";
import { nearStations } from "./near_stations.js";
import { unknownsOf } from "./unknowns.js";
import { add, idOf, send, waiting } from "./visits.js";

/** @typedef {import("./near_stations.js").Near} Near */

const SHOWN = 30;
const NEAR_M = 3_000;
const AGAIN_MS = 30_000;

const holder = byId("near");
const list = byId("near-list");
const lang = document.documentElement.lang.slice(0, 2);
const { feed = "", nearest = "", visits = "", form = "", signIn = "", login = "", csrf = "" } = holder.dataset;
const words = resource("words").then(translatorOf);

/** @type {Near[]} */
let found = [];
let isSending = false;

holder.hidden = false;
byId("locate").addEventListener("click", look);
byId("order").addEventListener("change", draw);
list.addEventListener("submit", take);
list.addEventListener("toggle", leadToConfirm, true);
addEventListener("online", flush);
addEventListener("pageshow", flush);
setInterval(flush, AGAIN_MS);
void markWaiting();

/** Find the stations near this phone. */
async function look() {
  const t = await words;
  const button = /** @type {HTMLButtonElement} */ (byId("locate"));
  button.disabled = true;
  say(t("where.locating"));
  try {
    found = await nearStations({ feed, nearest }, await locate());
    byId("order").hidden = false;
    /** @type {HTMLDetailsElement} */ (byId("without")).open = false;
    await draw();
    say(t("staff.near.found", { count: list.children.length }));
  } catch (error) {
    say(t(`staff.near.${typeof error === "string" ? error : "no_network"}`));
  }
  button.disabled = false;
}

/** Show what was found in the order that is chosen. */
async function draw() {
  const t = await words;
  const chosen = /** @type {HTMLInputElement} */ (document.querySelector("[name='order']:checked"));
  const isByAge = chosen.value === "old";
  const shown = isByAge ? byAge(found.filter(({ metres }) => metres <= NEAR_M)) : found;
  byId("list-title").textContent = t(`staff.near.order.${chosen.value}`);
  list.replaceChildren(...shown.slice(0, SHOWN).map((station) => cardOf(t, station)));
  await markWaiting();
}

/**
 * Return stations, those never checked first, then those checked longest ago; of equal ones the nearest.
 * @param {Near[]} stations
 */
function byAge(stations) {
  const day = (/** @type {Near} */ { verified }) => verified?.on ?? "";
  return [...stations].sort((a, b) => (day(a) < day(b) ? -1 : Number(day(a) > day(b))));
}

/**
 * @param {import("../../shared/translate.js").Translate} t
 * @param {Near} station
 */
function cardOf(t, station) {
  const { content } = /** @type {HTMLTemplateElement} */ (byId("near-card"));
  const card = /** @type {HTMLElement} */ (document.importNode(content, true).firstElementChild);
  card.dataset.id = station.id;
  const name = nameOf(lang, station);
  const unknown = unknownsOf(t, station);
  const isInUse = station.status === "open";
  const checked = verifiedText(t, station.verified, Date.now());
  /** @type {[string, string][]} */
  const texts = [
    ["name", name],
    ["distance", distanceText(t, station.metres)],
    ["address", station.address ?? ""],
    ["checked", isInUse ? checked : `${t(`register_status.${station.status}`)} · ${checked}`],
    ["unknown", unknown],
  ];
  for (const [part, text] of texts) partOf(card, part).textContent = text;
  partOf(card, "unknown").hidden = !unknown;
  for (const hidden of card.querySelectorAll("[data-part='name-too']")) hidden.textContent = ` ${name}`;
  const address = form.replace("STATION", encodeURIComponent(station.id));
  for (const part of ["name", "mend"]) partOf(card, part).setAttribute("href", address);
  card.querySelector("[name='visit']")?.setAttribute("value", station.id);
  return card;
}

/**
 * @param {Element} card
 * @param {string} part
 */
function partOf(card, part) {
  return /** @type {HTMLElement} */ (card.querySelector(`[data-part="${part}"]`));
}

/**
 * The first tap leads to the second.
 * @param {Event} event
 */
function leadToConfirm(event) {
  const details = /** @type {HTMLDetailsElement} */ (event.target);
  if (details.open) details.querySelector("button")?.focus();
}

/**
 * Keep a check that is confirmed, and send it when that is possible.
 * @param {SubmitEvent} event
 */
async function take(event) {
  event.preventDefault();
  const card = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (event.target).closest("[data-id]"));
  add(card.dataset.id ?? "", login, new Date());
  const details = /** @type {HTMLDetailsElement} */ (card.querySelector("details"));
  details.open = false;
  details.querySelector("summary")?.focus();
  await markWaiting();
  await flush();
}

/** Send what waits; say what became of it, or why it still waits. */
async function flush() {
  const t = await words;
  if (isSending || !waiting().some((each) => each.login === login)) return;
  isSending = true;
  const sending = await send({ url: visits, csrf, login }, (id, outcome) => {
    const card = list.querySelector(`[data-id="${CSS.escape(id)}"]`);
    const text = t(`staff.near.outcome.${outcome}`);
    if (!card) return say(`${id}: ${text}`);
    partOf(card, "sent").textContent = text;
    if (outcome === "saved") partOf(card, "checked").hidden = true; // it says how long ago the check before was
    partOf(card, "sent").classList.toggle("is-warning", outcome !== "saved" && outcome !== "known");
  });
  isSending = false;
  await markWaiting(sending);
}

/**
 * Say what waits, on the cards and above them.
 * @param {import("./visits.js").Sending} [sending]
 */
async function markWaiting(sending) {
  const t = await words;
  const all = waiting();
  const mine = all.filter((each) => each.login === login);
  for (const each of mine) {
    const card = list.querySelector(`[data-id="${CSS.escape(idOf(each))}"]`);
    if (!card) continue;
    partOf(card, "sent").textContent = t("staff.near.kept", { time: clockOf(each.visit) });
    partOf(card, "sent").classList.add("is-warning");
  }
  const banner = byId("waiting");
  banner.hidden = all.length === 0;
  const text = mine.length
    ? t(`staff.near.waiting.${sending && sending !== "sent" ? sending : "offline"}`, { count: mine.length })
    : t("staff.near.waiting.others", { count: all.length });
  banner.textContent = all.length ? text : "";
  if (mine.length && sending === "signed_out") banner.append(" ", linkTo(signIn, t("staff.near.sign_in")));
}

/** @param {string} visit */
function clockOf(visit) {
  const at = new Date(visit.slice(visit.indexOf(" ") + 1));
  return at.toLocaleString(lang === "zh" ? "zh-CN" : "en-GB", { dateStyle: "short", timeStyle: "short" });
}

/**
 * @param {string} address
 * @param {string} text
 */
function linkTo(address, text) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = text;
  return link;
}

/** @param {string} text */
function say(text) {
  byId("near-said").textContent = text;
}
