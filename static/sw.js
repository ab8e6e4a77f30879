/**
 * What a phone keeps so that the finder works without a network: the shell by its content hash, the last feed, and where
 * that has no stations because they are too many, the last ones whose pages were visited.
 *
 * The server puts `self.SHELL` in front of this file (stationmap/web/pages/service_worker.py); with any change of what is kept these
 * bytes change, and the browser installs them anew. Only GET requests for what is listed there are looked at: a POST
 * carries a position, and is none of our business.
 */

const worker = /** @type {ServiceWorkerScope} */ (/** @type {unknown} */ (self));
// Of `self` itself: the minifier puts a destructuring before the name it would otherwise read.
const { generation, languages, finder, station, feed, files, later } = /** @type {ServiceWorkerScope} */ (
  /** @type {unknown} */ (self)
).SHELL;
const KEPT_SHELL = `shell-${generation}`;
const KEPT_FEED = "feed";
const KEPT_VISITS = "visits";
const MAX_VISITS = 20;
const STAMP = "X-Fetched-At";
const WHOLE = "X-Whole-Feed";
const PATIENCE_MS = RULES.patience_ms; // a signal too weak to answer by then counts as none
const FRESH_MS = RULES.fresh_ms;
const JUST_MS = 2_000; // a feed just announced is not requested again: where every answer is another, that would never end
const LATE_MS = 60_000; // so long a page that came too late is worth showing

/** @type {Map<string, Promise<Response>>} requests for pages, instead of which the kept one was shown meanwhile */
const late = new Map();
let quietUntil = 0; // by the worker's own clock, which nobody sets

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
worker.addEventListener("fetch", (event) => {
  const answer = answerTo(event);
  if (answer) event.respondWith(answer);
});

async function install() {
  const shell = await caches.open(KEPT_SHELL);
  const pages = [finder, station].flatMap((path) => languages.map((language) => pageOf(path, language)));
  await shell.addAll(files);
  await Promise.all(pages.map((page) => keepPage(shell, page)));
  await renew().catch(() => null);
  await worker.skipWaiting();
}

/**
 * Keep a page, unless it is somebody else's: a gateway may answer with a page of its own, or lead to one.
 * @param {Cache} shell
 * @param {string} page
 */
async function keepPage(shell, page) {
  const answer = await fetch(page, { cache: "no-cache" });
  const text = await answer.clone().text();
  if (!answer.ok || answer.redirected || !files.some((file) => text.includes(file)))
    throw new Error(`${page}: is not ours`);
  await shell.put(page, answer);
}

async function forgetOthers() {
  const names = await caches.keys();
  const others = names.filter((name) => ![KEPT_SHELL, KEPT_FEED, KEPT_VISITS].includes(name));
  await Promise.all(others.map((name) => caches.delete(name)));
}

/**
 * @param {FetchEvent} event
 * @returns {Promise<Response> | null} null where the browser should go on as if this worker were not here
 */
function answerTo(event) {
  const { request } = event;
  const { origin, pathname, searchParams } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return null;
  if (pathname === feed) return newestFeed(event);
  if (files.includes(pathname)) return caches.match(pathname).then((kept) => kept ?? fetch(request));
  const [id, ...more] = pathname.startsWith(station)
    ? pathname.slice(station.length).replace(/\/+$/, "").split("/")
    : [];
  if (later.includes(pathname)) return caches.match(pathname).then((kept) => kept ?? fetch(request));
  if (request.mode !== "navigate") {
    if (id && more.join() === "feed") return keptVisit(request);
    // Where it leads elsewhere only the browser may follow.
    return (
      late.get(request.url)?.then((answer) => (answer.type === "opaqueredirect" ? fetch(request) : answer.clone())) ??
      null
    );
  }
  event.waitUntil(keepMore().catch(() => null));
  const language = languages.find((known) => known === searchParams.get("lang")) ?? languages[0];
  if (pathname === finder) return page(event, pageOf(finder, language));
  if (pathname === station) return Promise.resolve(Response.redirect(pageOf(finder, language))); // of a link cut off
  if (!id || more.length) return null;
  const answer = page(event, pageOf(station, language));
  event.waitUntil(
    answer.then(({ ok, url }) => (ok && url === request.url ? keepVisit(pathname) : null)).catch(() => null),
  );
  return answer;
}

/** Keep what a first visit does without, such as the form for reports: this is another one. */
async function keepMore() {
  const shell = await caches.open(KEPT_SHELL);
  for (const path of later) if (!(await shell.match(path))) await shell.add(path);
}

/**
 * Answer with the page as the server has it now, or with the kept one if the server does not answer in time; what it
 * answers later is for the next who asks.
 * @param {FetchEvent} event
 * @param {string} kept
 * @returns {Promise<Response>}
 */
async function page(event, kept) {
  const { url } = event.request;
  // A redirect (a gateway's login page, say) is for the browser to follow: it takes no page from elsewhere from here.
  const request = late.get(url) ?? fetch(url, { cache: "no-cache", redirect: "manual" });
  late.delete(url);
  const answer = await Promise.race([request.catch(() => null), wait(PATIENCE_MS)]);
  if (answer && answer.status < 500) return answer;
  if (!answer) event.waitUntil(waitOn(url, request));
  return (await caches.match(kept)) ?? request;
}

/**
 * Wait for an answer however long it takes, and hold it for a moment.
 * @param {string} url
 * @param {Promise<Response>} request
 */
async function waitOn(url, request) {
  late.set(url, request);
  await request.then(() => wait(LATE_MS)).catch(() => null);
  if (late.get(url) === request) late.delete(url);
}

/**
 * Keep a station that was visited, unless the kept feed has it; the one visited longest ago gives way.
 * @param {string} path of its page
 */
async function keepVisit(path) {
  const kept = await caches.match(feed);
  if (kept?.headers.get(WHOLE)) return;
  const visits = await caches.open(KEPT_VISITS);
  const answer = await fetchFeed(`${path}/feed`);
  await visits.delete(`${path}/feed`);
  await visits.put(`${path}/feed`, answer);
  const old = (await visits.keys()).slice(0, -MAX_VISITS);
  await Promise.all(old.map((/** @type {Request} */ request) => visits.delete(request)));
}

/**
 * Answer with a station that was visited, and with nothing for another: only a page without a server asks.
 * @param {Request} request
 * @returns {Promise<Response>}
 */
async function keptVisit(request) {
  return (await caches.match(request.url)) ?? Response.error();
}

/**
 * Answer with the kept feed at once and fetch a new one meanwhile; tell the pages if that is news.
 * @param {FetchEvent} event
 * @returns {Promise<Response>}
 */
async function newestFeed(event) {
  const kept = await caches.match(feed);
  if (!kept) return renew();
  if (performance.now() < quietUntil) return kept;
  const age = Date.now() - Number(kept.headers.get(STAMP));
  const telling = renew().then((fresh) => {
    if (age > FRESH_MS || fresh.headers.get("ETag") !== kept.headers.get("ETag")) return notifyPages();
  });
  event.waitUntil(telling.catch(() => null));
  return kept;
}

/** Fetch the feed and keep it. */
async function renew() {
  const answer = await fetchFeed(feed);
  await (await caches.open(KEPT_FEED)).put(feed, answer.clone());
  return answer;
}

/**
 * Return a feed of the server, stamped with the moment.
 * @param {string} url
 */
async function fetchFeed(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(url);
  const text = await answer.text();
  const document = JSON.parse(text);
  // The page of a hotel's Wi-Fi, say, must not take the place of what is kept.
  if (!document.too_large && !document.stations?.id) throw new Error(url);
  const headers = new Headers({ "Content-Type": "application/json", [STAMP]: String(Date.now()) });
  headers.set("ETag", answer.headers.get("ETag") ?? "");
  if (!document.too_large) headers.set(WHOLE, "1");
  return new Response(text, { headers });
}

/** Tell the pages of a newer feed. */
async function notifyPages() {
  quietUntil = performance.now() + JUST_MS;
  for (const client of await worker.clients.matchAll()) client.postMessage("feed");
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
