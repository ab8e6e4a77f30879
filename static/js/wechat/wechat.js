/**
 * Inside WeChat: the card that a chat shows of this page, and the way to a station in WeChat's own map, from where it
 * calls the map apps that a page there cannot. The server sends this to WeChat alone (stationmap/web/pages/share_card.py);
 * where anything of it fails, the page stays as it is.
 */

/**
 * @typedef {object} Signature
 * @property {string} appId
 * @property {number} timestamp
 * @property {string} nonceStr
 * @property {string} signature
 */

/**
 * @typedef {object} Sdk what is used here of WeChat's JS-SDK
 * @property {(given: Signature & {debug: boolean, jsApiList: string[], openTagList: string[]}) => void} config
 * @property {(then: () => void) => void} ready called when WeChat has looked at the signature, whatever it found
 * @property {(then: (problem: unknown) => void) => void} error called before that, if it found it wrong
 * @property {(card: {title: string, desc: string, link: string, imgUrl: string}) => void} updateAppMessageShareData
 * @property {(card: {title: string, link: string, imgUrl: string}) => void} updateTimelineShareData
 * @property {(place: {longitude: number, latitude: number, name: string, address: string, scale: number, fail: () => void}) => void} openLocation
 */

const INTERFACES = ["updateAppMessageShareData", "updateTimelineShareData", "openLocation"];
const MAX_TRIES = 3;
const PAUSE_S = 2;
const SCALE = 16; // some streets
const READY = "is-wechat";

/**
 * Return the address to be signed: WeChat compares it with that of the first page on Apple's devices, of the present
 * one elsewhere.
 */
function addressToSign() {
  const [entry] = performance.getEntriesByType("navigation");
  const first = /iPhone|iPad/.test(navigator.userAgent) && entry ? entry.name : location.href;
  return first.split("#")[0];
}

/**
 * @param {string} signer
 * @param {string} url
 * @returns {Promise<Signature>}
 */
async function signatureOf(signer, url) {
  const headers = { "Content-Type": "application/json" };
  for (let tries = 1; ; tries++) {
    const answer = await fetch(signer, { method: "POST", headers, body: JSON.stringify({ url }) });
    if (answer.ok) return answer.json();
    if (answer.status !== 503 || tries === MAX_TRIES) throw new Error(`no signature: ${answer.status}`);
    const pauseS = Number(answer.headers.get("Retry-After")) || PAUSE_S; // the server is asking WeChat
    await new Promise((resolve) => setTimeout(resolve, pauseS * 1_000));
  }
}

/**
 * Load the SDK, which is published as a module for bundlers: it hands itself over by a variable that we lend it.
 * @param {string} address
 * @returns {Promise<Sdk>}
 */
function loadedSdk(address) {
  const lent = /** @type {{module?: {exports: unknown}}} */ (/** @type {unknown} */ (window));
  lent.module = { exports: null };
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => {
      resolve(/** @type {Sdk} */ (lent.module?.exports));
      delete lent.module;
    };
    script.onerror = () => reject(new Error("the SDK did not come"));
    document.head.append(script);
  });
}

/**
 * @param {Sdk} sdk
 * @param {Signature} signed
 * @returns {Promise<void>} settled when WeChat knows this page as one of the account's, or does not
 */
function known(sdk, signed) {
  return new Promise((resolve, reject) => {
    sdk.config({ debug: false, ...signed, jsApiList: INTERFACES, openTagList: [] });
    sdk.error(() => reject(new Error("WeChat does not know this page")));
    sdk.ready(resolve);
  });
}

/**
 * Let the buttons that lead to WeChat's map take the place of links that lead nowhere here.
 * @param {Sdk} sdk
 */
function offerMap(sdk) {
  const page = document.documentElement.classList;
  page.add(READY);
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-open-location]") : null;
    if (!(button instanceof HTMLElement)) return;
    const { lon, lat, name = "", street = "" } = button.dataset;
    const place = { longitude: Number(lon), latitude: Number(lat), name, address: street, scale: SCALE };
    sdk.openLocation({ ...place, fail: () => page.remove(READY) });
  });
}

/** @param {DOMStringMap} given what the server says of this page */
async function main({ sign = "", sdk = "", title = "", text = "", link = "", image = "" }) {
  const signed = await signatureOf(sign, addressToSign());
  const wx = await loadedSdk(sdk);
  await known(wx, signed);
  wx.updateAppMessageShareData({ title, desc: text, link, imgUrl: image });
  wx.updateTimelineShareData({ title, link, imgUrl: image });
  offerMap(wx);
}

const own = document.getElementById("wechat");
// After all that the page itself needs.
if (own) addEventListener("load", () => void main(own.dataset).catch(() => {}));
