/** Every page: let the phone keep what it needs without a network, once the page itself has loaded. */

const { serviceWorker } = navigator;
const script = /** @type {HTMLScriptElement} */ (document.getElementById("install"));
const { worker = "", finder = "/" } = script.dataset;

/**
 * Register the service worker; where there is none, renew the browser's own copy of the finder and load what shows
 * stations without a network.
 */
async function install() {
  try {
    await serviceWorker.register(worker, { scope: finder });
  } catch {
    // There is none, it is not allowed here, or there is no network: the next visit tries again.
    if (!serviceWorker?.controller) await doWithout().catch(() => null);
  }
}

async function doWithout() {
  if (location.pathname !== finder) return;
  // Before the fetch, which fails without a network: this one comes from the browser's cache.
  const src = script.src.replace("/install.", "/offline_navigation.");
  document.head.append(Object.assign(document.createElement("script"), { src }));
  await fetch(location.href, { cache: "no-cache" });
}

if (document.readyState === "complete") void install();
else addEventListener("load", () => void install());
