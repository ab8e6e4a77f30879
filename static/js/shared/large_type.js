/** Large type (长辈版): a switch remembered on this device, set before the first paint so that nothing moves. */

const KEPT = "stationmap.large";
const root = document.documentElement;

try {
  root.classList.toggle("is-large", localStorage.getItem(KEPT) === "1");
} catch {
  // Without storage it lasts as long as the page.
}

const tell = () => {
  const isLarge = String(root.classList.contains("is-large"));
  document.getElementById("large")?.setAttribute("aria-pressed", isLarge);
};
// Not only when all scripts have come, which on a weak signal is long after the button can be seen.
document.addEventListener("readystatechange", tell);
document.addEventListener("click", ({ target }) => {
  if (!(target instanceof Element) || !target.closest("#large")) return;
  const isLarge = root.classList.toggle("is-large");
  tell();
  dispatchEvent(new Event("resize"));
  try {
    localStorage.setItem(KEPT, isLarge ? "1" : "0");
  } catch {
    // As above.
  }
});
