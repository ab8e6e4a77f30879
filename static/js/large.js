/** Large type (长辈版): a switch remembered on this device, set before the first paint so that nothing moves. */

const KEPT = "stationmap.large";
const root = document.documentElement;

try {
  root.classList.toggle("is-large", localStorage.getItem(KEPT) === "1");
} catch {
  // Without storage it lasts as long as the page.
}

addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("large");
  if (!button) return;
  const tell = () => button.setAttribute("aria-pressed", String(root.classList.contains("is-large")));
  tell();
  button.addEventListener("click", () => {
    const isLarge = root.classList.toggle("is-large");
    tell();
    dispatchEvent(new Event("resize"));
    try {
      localStorage.setItem(KEPT, isLarge ? "1" : "0");
    } catch {
      // As above.
    }
  });
});
