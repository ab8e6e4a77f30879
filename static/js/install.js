/** Every page: let the phone keep what it needs without a network, once the page itself has loaded. */

const { serviceWorker } = navigator;
const { worker = "", finder } = /** @type {HTMLElement} */ (document.getElementById("install")).dataset;

/** Register the service worker; where there is none, renew the browser's own copy of the finder. */
async function install() {
  try {
    if (serviceWorker) await serviceWorker.register(worker, { scope: "/" });
    else if (location.pathname === finder) await fetch(location.href, { cache: "no-cache" });
  } catch {
    // Not allowed here, or no network: the next visit tries again.
  }
}

if (document.readyState === "complete") void install();
else addEventListener("load", () => void install());
