/** @file Which frame a forecast was made from: a header of the forecast, the frame's offset in the partition of `frames`
 *  with the forecast's own number.
 *
 *  Law: the payload cannot say it. A series that expired and began anew may live through the same grid times twice, and
 *  a forecast of the first life says nothing of the second. */

/** On forecasts: the offset, as text. */
export const FRAME_OFFSET_HEADER = 'rollcast.frame-offset';

/** @param headers of a record of `forecasts`; @returns null where they do not say it: the record is not ours */
export function frameOffset(headers: Readonly<Record<string, { toString(): string }>>): bigint | null {
  const said = headers[FRAME_OFFSET_HEADER]?.toString() ?? '';
  return /^\d+$/.test(said) ? BigInt(said) : null;
}

/** The header of a forecast from this frame. */
export function frameOffsetHeader(offset: bigint): Readonly<Record<string, string>> {
  return { [FRAME_OFFSET_HEADER]: String(offset) };
}
