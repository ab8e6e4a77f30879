/** What is unknown about a station and can be seen at its door, in words: as stationmap/web/staff/nearby/unknowns.py. */

import RULES from "../../../rules.json" with { type: "json" };

/**
 * @param {import("../../shared/translate.js").Translate} t
 * @param {{hours: string | null, access: {who: string}, facilities: Record<string, boolean>}} station
 */
export function unknownsOf(t, { hours, access, facilities }) {
  const unsaid = RULES.usual_facilities.filter((code) => facilities[code] === undefined);
  const names = unsaid.map((code) => t(`facility.${code}`)).join(t("list.separator"));
  return [
    hours === null ? t("staff.near.no_hours") : "",
    access.who === "unknown" ? t("staff.near.no_access") : "",
    unsaid.length ? t("staff.near.no_facilities", { names }) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
