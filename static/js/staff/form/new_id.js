/** The id of a new station goes with its district, for as long as it is the one that was proposed. */

import { field } from "./fields.js";

/**
 * Propose an id after those of the district that is chosen.
 * @param {HTMLFormElement} form
 */
export function proposeIds(form) {
  if (form.dataset.station) return;
  const id = field(form, "id");
  const district = field(form, "district");
  let proposed = id.value;
  district.addEventListener("change", async () => {
    const asked = district.value;
    const address = new URL(location.href);
    address.searchParams.set("district", asked);
    const answer = await fetch(address).catch(() => null);
    const found = answer?.ok ? /id="field-id"[^>]* value="([^"]+)"/.exec(await answer.text()) : null;
    if (!found || id.value !== proposed || district.value !== asked) return;
    proposed = found[1];
    id.value = proposed;
    form.dispatchEvent(new Event("change"));
  });
}
