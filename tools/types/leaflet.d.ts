// What Leaflet 1.9 has and its types leave out.
import * as L from "leaflet";

declare module "leaflet" {
  interface Map {
    _controlCorners: Record<"topleft" | "topright" | "bottomleft" | "bottomright", HTMLElement>;
    _popup?: L.Popup | null;
    _fadeAnimated: boolean;
  }
  /** What leaflet-draw tells of a shape that was drawn. */
  type DrawCreated = { layerType: "polyline"; layer: Polyline } | { layerType: "polygon" | "rectangle"; layer: Polygon };
  interface Evented {
    on(type: "draw:created", act: (event: DrawCreated) => void): this;
    on(type: "draw:deleted" | "draw:drawvertex", act: (event: { layers: LayerGroup }) => void): this;
  }
  interface Layer {
    /** There while its content is made. */
    _popup: Popup;
  }
  interface ZoomPanOptions {
    /** Draw anew, even where nothing moves. */
    reset?: boolean;
  }
}
