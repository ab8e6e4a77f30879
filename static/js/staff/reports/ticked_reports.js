/** Whoever ticks a report means those that are ticked: the form says so by itself, and again all where none is. */

/** Keep what the form is about in step with the reports that are ticked. */
export function followTicks() {
  const ticks = [...document.querySelectorAll("input[name=chosen]")].filter((tick) => tick instanceof HTMLInputElement);
  for (const tick of ticks) {
    tick.addEventListener("change", () => {
      const scope = ticks.some(({ checked }) => checked) ? "chosen" : "all";
      const choice = document.querySelector(`input[name=scope][value=${scope}]`);
      if (choice instanceof HTMLInputElement) choice.checked = true;
    });
  }
}
