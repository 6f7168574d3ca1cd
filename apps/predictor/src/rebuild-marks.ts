/** @file From where in `frames` a series' context can be replayed. Pure.
 *
 *  Law: replaying from `rebuildFrom(marks)` hands over every frame of the series whose grid step lies in the last
 *  `context` steps. Marks are set every quarter of the context, so a replay reads at most a quarter more than needed;
 *  they are a handful of numbers, kept in the changelog. */

/** Grid index and `frames` offset of one frame; the oldest mark first. */
export type Mark = readonly [gridIndex: number, offset: string];

/** Marks after a frame of the series.
 *  @param marks of the series before; empty: the frame is its first.
 *  @param context grid steps that any forecaster of the stream may look back, the present one included. */
export function markFrame(
  marks: readonly Mark[],
  gridIndex: number,
  offset: bigint,
  context: number,
): readonly Mark[] {
  const newest = marks[marks.length - 1];
  const next =
    newest === undefined || gridIndex - newest[0] >= context / 4
      ? [...marks, [gridIndex, String(offset)] as const]
      : marks;
  // A mark is of use until a younger one also covers the whole context.
  const oldestNeeded = gridIndex - context + 1;
  let drop = 0;
  while (drop + 1 < next.length && (next[drop + 1] as Mark)[0] <= oldestNeeded) drop++;
  return drop === 0 ? next : next.slice(drop);
}

/** Offset from which the context can be rebuilt; null for a series without a frame. */
export function rebuildFrom(marks: readonly Mark[]): bigint | null {
  const oldest = marks[0];
  return oldest === undefined ? null : BigInt(oldest[1]);
}
