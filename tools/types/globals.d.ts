// Libraries the page loads by a script element, each of which makes a name of its own.
// What was tapped before the finder could act on it (early_taps.js).
declare var earlyTaps: Element[] | null;

// static/rules.json, of which the bundler puts the values in place; modules import it.
declare const RULES: typeof import("../../static/rules.json");

declare const Supercluster: typeof import("supercluster");

// What a worker may do that a page may not.
declare function importScripts(address: string): void;

// protomaps-leaflet, as static/js/map/ground uses it.
interface LabelSymbolizer {
  place(
    layout: object,
    geometry: { x: number; y: number }[][],
    feature: { props: Record<string, unknown>; geomType: number },
  ): object[] | undefined;
}
interface PaintSymbolizer {
  before?(context: CanvasRenderingContext2D, zoom: number): void;
  draw(context: CanvasRenderingContext2D, geometry: { x: number; y: number }[][], ...more: unknown[]): void;
}
interface ProtomapsRule<Symbolizer> {
  dataLayer: string;
  minzoom?: number;
  maxzoom?: number;
  filter: (zoom: number, feature: { props: Record<string, unknown>; geomType: number }) => boolean;
  symbolizer: Symbolizer;
}
interface ProtomapsLayer extends L.GridLayer {
  paintRules: ProtomapsRule<PaintSymbolizer>[];
  labelRules: ProtomapsRule<LabelSymbolizer>[];
  /** Leaflet's own: called when a tile is drawn. */
  _tileReady(...given: unknown[]): void;
  clearLayout(): void;
  rerenderTiles(): void;
}
declare const protomapsL: {
  leafletLayer(options: object): ProtomapsLayer;
  exp(base: number, stops: [number, number][]): (zoom: number) => number;
  LineLabelPlacement: { Center: number };
  TextPlacements: { E: number };
  PolygonSymbolizer: new (options: object) => PaintSymbolizer;
  LineLabelSymbolizer: new (options: object) => LabelSymbolizer;
  CenteredTextSymbolizer: new (options: object) => LabelSymbolizer;
  CircleSymbolizer: new (options: object) => LabelSymbolizer;
  OffsetTextSymbolizer: new (options: object) => LabelSymbolizer;
  GroupSymbolizer: new (symbolizers: LabelSymbolizer[]) => LabelSymbolizer;
};

// pbf, as static/js/map/tiled reads with it.
declare class Pbf {
  constructor(data: ArrayBuffer);
  readFields<Result>(read: (tag: number, result: Result, bytes: Pbf) => void, result: Result): Result;
  readMessage<Result>(read: (tag: number, result: Result, bytes: Pbf) => void, result: Result): Result;
  readString(): string;
  readVarint(isSigned?: boolean): number;
  readSVarint(): number;
  readFloat(): number;
  readDouble(): number;
  readBoolean(): boolean;
  readPackedVarint(found: number[]): number[];
}
