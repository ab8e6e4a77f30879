/** Units of time, and the zone of the stations. */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MIN = 1440;
export const DAY_MS = 86_400_000;
export const ZONE_MS = 8 * HOUR_MS; // Asia/Shanghai, all year
