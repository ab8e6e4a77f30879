/** Every page: let the phone keep what it needs without a network, once the page itself has loaded. */

const { serviceWorker } = navigator;
const script = /** @type {HTMLScriptElement} */ (document.getElementById("install"));
const { worker = "", finder } = script.dataset;

/**
 * Register the service worker; where there is none, renew the browser's own copy of the finder and load what shows
 * stations without a network.
 */
async function install() {
  try {
    if (serviceWorker) await serviceWorker.register(worker, { scope: "/" });
    else if (location.pathname === finder) {
      // Before the fetch, which fails without a network: this one comes from the browser's cache.
      const src = script.src.replace("/install.", "/in_place.");
      document.head.append(Object.assign(document.createElement("script"), { src }));
      await fetch(location.href, { cache: "no-cache" });
    }
  } catch {
    // Not allowed here, or no network: the next visit tries again.
  }
}

if (document.readyState === "complete") void install();
else addEventListener("load", () => void install());
