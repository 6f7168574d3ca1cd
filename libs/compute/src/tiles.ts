/** @file How many series go into one call: graphs have fixed sizes, so a batch is cut into tiles of a few sizes.
 *
 *  Law: the tiles cover the batch, in order; the last one may be padded. The choice changes cost only, never a bit. */

/** Rows (series times channels) of the largest tile: beyond it a forecast no longer gets cheaper, and at twice the
 *  width of the network it gets dearer, because the state falls out of the processor's cache (measured). */
const FULL_ROWS = 64;

/** Series in a tile, ascending: one series alone is common on a quiet stream. */
export function tileSizes(channels: number): number[] {
  const full = 2 ** Math.floor(Math.log2(Math.max(1, FULL_ROWS / channels)));
  return [...new Set([1, full / 8, full])].filter((size) => size >= 1).sort((a, b) => a - b);
}

/** Tiles that cover `series` series, the largest first.
 *  @example tilesFor(21, 6) // [8, 8, 8] */
export function tilesFor(series: number, channels: number): number[] {
  const sizes = tileSizes(channels).reverse();
  const tiles: number[] = [];
  let left = series;
  while (left > 0) {
    // A tile costs little more than its calls until it is a quarter full (measured).
    const tile = sizes.find((size) => left > size / 4) ?? 1;
    tiles.push(tile);
    left -= tile;
  }
  return tiles;
}
