/** @file Numbers on the wire: rounded to the channel's decimals, so that the same input gives the same bytes.
 *
 *  Law: rounding is idempotent and never gives -0 (which JSON would write as 0 and read back as another number). */

/** `value` to `decimals` digits after the point; halves go up.
 *  Beyond 1e15 / 10^decimals a double has no such digits left: the value itself is returned. */
export function roundTo(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  const scaled = value * scale;
  if (Math.abs(scaled) > 1e15) return value === 0 ? 0 : value;
  const rounded = Math.round(scaled) / scale;
  return rounded === 0 ? 0 : rounded;
}
