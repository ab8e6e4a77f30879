/**
 * What a phone keeps so that the finder works without a network: the shell by its content hash, and the last feed.
 *
 * The server puts `self.SHELL` in front of this file (stationmap/web/offline.py); with any change of what is kept these
 * bytes change, and the browser installs them anew. Only GET requests for what is listed there are looked at: a POST
 * carries a position, and is none of our business.
 */

/**
 * @typedef {object} Shell
 * @property {string} generation
 * @property {string[]} languages the first is the default
 * @property {string} finder path of the finder
 * @property {string} station path above the pages of stations
 * @property {string} feed path of the feed
 * @property {string[]} files paths that never change their content
 */

const worker = /** @type {any} */ (self);
const { generation, languages, finder, station, feed, files } = /** @type {Shell} */ (worker.SHELL);
const KEPT_SHELL = `shell-${generation}`;
const KEPT_FEED = "feed";
const STAMP = "X-Fetched-At";
const PATIENCE_MS = 1500; // a signal too weak to answer by then counts as none
const FRESH_MS = 600_000;

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(install()));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(forgetOthers()));
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const answer = answerTo(event);
  if (answer) event.respondWith(answer);
});

async function install() {
  const shell = await caches.open(KEPT_SHELL);
  const pages = [finder, station].flatMap((path) => languages.map((language) => pageOf(path, language)));
  await shell.addAll([...files, ...pages.map((page) => new Request(page, { cache: "no-cache" }))]);
  await renew().catch(() => null);
  await worker.skipWaiting();
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => ![KEPT_SHELL, KEPT_FEED].includes(name)).map((name) => caches.delete(name)));
}

/**
 * @param {any} event
 * @returns {Promise<Response> | null} null where the browser should go on as if this worker were not here
 */
function answerTo(event) {
  const { request } = event;
  const { origin, pathname, searchParams } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return null;
  if (pathname === feed) return newestFeed(event);
  if (files.includes(pathname)) return caches.match(pathname).then((kept) => kept ?? fetch(request));
  if (request.mode !== "navigate") return null;
  const language = languages.find((known) => known === searchParams.get("lang")) ?? languages[0];
  if (pathname === finder) return page(request, pageOf(finder, language));
  const [id, ...more] = pathname.startsWith(station) ? pathname.slice(station.length).split("/") : [];
  return id && more.length === 0 ? page(request, pageOf(station, language)) : null;
}

/**
 * Answer with the page as the server has it now, or with the kept one if the server does not answer.
 * @param {Request} request
 * @param {string} kept
 * @returns {Promise<Response>}
 */
async function page(request, kept) {
  const asked = fetch(request.url, { cache: "no-cache" });
  const answer = await Promise.race([asked.catch(() => null), wait(PATIENCE_MS)]);
  if (answer && answer.status < 500) return answer;
  return (await caches.match(kept)) ?? asked;
}

/**
 * Answer with the kept feed at once and fetch a new one meanwhile; tell the pages if that is news.
 * @param {any} event
 * @returns {Promise<Response>}
 */
async function newestFeed(event) {
  const kept = await caches.match(feed, { cacheName: KEPT_FEED });
  if (!kept) return renew();
  const age = Date.now() - Number(kept.headers.get(STAMP));
  const telling = renew().then((fresh) => {
    if (age > FRESH_MS || fresh.headers.get("ETag") !== kept.headers.get("ETag")) return tell("feed");
  });
  event.waitUntil(telling.catch(() => null));
  return kept;
}

/** Fetch the feed and keep it, stamped with the moment. */
async function renew() {
  const answer = await fetch(feed);
  if (!answer.ok) throw new Error(`${feed}: ${answer.status}`);
  const text = await answer.text();
  const document = JSON.parse(text);
  // The page of a hotel's Wi-Fi, say, must not take the place of what is kept.
  if (!document.too_large && !document.stations?.id) throw new Error(`${feed}: is no feed`);
  const headers = new Headers({ "Content-Type": "application/json", [STAMP]: String(Date.now()) });
  headers.set("ETag", answer.headers.get("ETag") ?? "");
  const stamped = new Response(text, { headers });
  await (await caches.open(KEPT_FEED)).put(feed, stamped.clone());
  return stamped;
}

/** @param {string} message */
async function tell(message) {
  for (const client of await worker.clients.matchAll()) client.postMessage(message);
}

/**
 * @param {string} path
 * @param {string} language
 */
function pageOf(path, language) {
  return `${path}?lang=${language}`;
}

/**
 * @param {number} ms
 * @returns {Promise<null>}
 */
function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms, null));
}
