/** The filters in the address of the page: it can be shared, and leads to the same view in the other language. */

import { queryWith } from "../shared/address.js";

/**
 * Keep the filters in the address, so that the view can be shared.
 * @param {import("../rider/filter_rules.js").Filters} filters
 */
export function keepFilters(filters) {
  const query = queryWith(new URLSearchParams(location.search), filters, document.body.dataset.travel).toString();
  history.replaceState(history.state, "", `${location.pathname}${query ? `?${query}` : ""}${location.hash}`);
}

/**
 * Lead to the other language with the filters and the station of this view.
 * @param {HTMLAnchorElement} link
 */
export function leadToOtherLanguage(link) {
  const query = new URLSearchParams(location.search);
  query.set("lang", link.hreflang);
  link.href = `?${query}${location.hash}`;
}
