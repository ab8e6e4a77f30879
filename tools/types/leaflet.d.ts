// What Leaflet 1.9 has and its types leave out.
import * as L from "leaflet";

declare module "leaflet" {
  interface Map {
    _controlCorners: Record<"topleft" | "topright" | "bottomleft" | "bottomright", HTMLElement>;
    _popup?: L.Popup | null;
  }
  interface ZoomPanOptions {
    /** Draw anew, even where nothing moves. */
    reset?: boolean;
  }
}
