/**
 * The finder before its other scripts have come, in words that browsers too old for those can read too.
 *
 * Taps are kept until somebody can act on them (app.js does), and where a script does not come or cannot be read, the
 * line that says what to do (templates/parts.html, stuck) is shown at once instead of after a while.
 */

/** @type {Element[] | null} what was tapped, in order; null once the page answers itself */
var earlyTaps = [];

(function () {
  "use strict";
  var root = document.documentElement;
  document.addEventListener(
    "click",
    function (event) {
      var tapped = /** @type {Element | null} */ (event.target);
      while (earlyTaps && tapped && tapped.nodeName !== "BUTTON")
        tapped = /** @type {Element | null} */ (tapped.parentNode);
      if (!earlyTaps || !tapped || tapped.id === "large") return;
      // Who taps again because nothing happens wants it once.
      if (earlyTaps.indexOf(tapped) >= 0) earlyTaps.splice(earlyTaps.indexOf(tapped), 1);
      earlyTaps.push(tapped);
      tapped.setAttribute("aria-busy", "true");
    },
    true
  );
  document.addEventListener(
    "submit",
    function (event) {
      if (!earlyTaps) return;
      event.preventDefault();
      earlyTaps.push(/** @type {Element} */ (event.target));
    },
    true
  );
  addEventListener(
    "error",
    function (event) {
      var failed = /** @type {Node | null} */ (event.target);
      var isScript = failed && failed.nodeName === "SCRIPT";
      if (earlyTaps && (isScript || /** @type {ErrorEvent} */ (event).message)) root.classList.add("is-stuck");
    },
    true
  );
})();
