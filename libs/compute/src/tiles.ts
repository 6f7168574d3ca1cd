/** @file How many series go into one call: graphs have fixed sizes, so a batch is cut into tiles of a few sizes.
 *
 *  Law: the tiles cover the batch; the last one may be padded. The choice changes cost only, never a bit. */

/** Series in a tile: one series alone is common on a quiet stream; 64 is where a bigger tile no longer helps. */
export const TILES = [1, 8, 64] as const;

/** Tiles that cover `series` series, the largest first.
 *  @example tilesFor(70) // [64, 8] */
export function tilesFor(series: number): number[] {
  const tiles: number[] = [];
  let left = series;
  while (left > 0) {
    // Padding up to half a tile costs less than the calls that it saves.
    const tile = [...TILES].reverse().find((size) => left > size / 2) ?? 1;
    tiles.push(tile);
    left -= tile;
  }
  return tiles;
}
