/** The whole screen shows the map and nothing else: the notes below the map lie on it meanwhile. */

/**
 * Keep notes in sight while the map fills the screen.
 * @param {L.Map} map with Folium's button for the whole screen
 * @param {HTMLElement} notes
 */
export function keepNotes(map, notes) {
  const place = /** @type {HTMLElement} */ (notes.parentElement);
  map.on("enterFullscreen", () => map.getContainer().append(notes));
  map.on("exitFullscreen", () => place.append(notes));
  L.DomEvent.disableClickPropagation(notes);
  L.DomEvent.disableScrollPropagation(notes);
}
