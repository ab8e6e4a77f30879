/** The colours of the ground by day and by night: quiet, so that the stations are what one sees. */

/**
 * @typedef {"land" | "green" | "water" | "shore" | "building" | "wall" | "path" | "tunnel" | "casing" | "street" | "main"
 *   | "fast" | "rail" | "metro" | "bus" | "name" | "quiet" | "waterName" | "greenName" | "halo"} Colour
 * @typedef {Record<Colour, string>} Palette
 */

/** @type {Palette} */
export const DAY = {
  land: "#f7f5ef",
  green: "#dbe8d3",
  water: "#c3dbe8",
  shore: "#a9c6d8",
  building: "#e9e4da",
  wall: "#d9d2c4",
  path: "#b9ad98",
  tunnel: "#d5d0c4",
  casing: "#cfc8b9",
  street: "#ffffff",
  main: "#fdf1cf",
  fast: "#f8dfa4",
  rail: "#9b9b96",
  metro: "#8a7bb8",
  bus: "#3d6a94",
  name: "#3f4640",
  quiet: "#5d655e",
  waterName: "#2f627e",
  greenName: "#3f6a3a",
  halo: "#fdfcf8",
};

/** @type {Palette} */
export const NIGHT = {
  land: "#1d2226",
  green: "#22302a",
  water: "#1b3342",
  shore: "#2f5268",
  building: "#282f34",
  wall: "#353d43",
  path: "#56605f",
  tunnel: "#30373c",
  casing: "#14181b",
  street: "#3a4349",
  main: "#4d4a3c",
  fast: "#5f5638",
  rail: "#6f767b",
  metro: "#8f83bd",
  bus: "#86aed4",
  name: "#d3d9de",
  quiet: "#b4bcc3",
  waterName: "#8fbcd6",
  greenName: "#93b88d",
  halo: "#14181b",
};
