/** @file Which life of its series a frame is of: a header of the frame.
 *
 *  Law: whether a series has ended is found by ingest, from readings. Frames alone cannot tell: the last step of a life
 *  may become a frame at the very reading that begins the next one. So a reader of frames begins a series anew where
 *  this changes. Two lives of a series never have the same one: between them lies its `expireAfter`. */

/** On frames: time of the partition of `readings` at the first reading of the life, milliseconds since 1970, as text. */
export const SERIES_LIFE_HEADER = 'rollcast.series-life';

/** @returns milliseconds; null where the headers do not say it: whoever wrote the frame knows of no lives */
export function seriesLife(headers: Readonly<Record<string, { toString(): string }>>): number | null {
  const said = headers[SERIES_LIFE_HEADER]?.toString() ?? '';
  return /^\d{1,15}$/.test(said) ? Number(said) : null;
}

/** The header of a frame of the life that began then. */
export function seriesLifeHeader(begun: number): Readonly<Record<string, string>> {
  return { [SERIES_LIFE_HEADER]: String(begun) };
}
