import { expect, test } from 'vitest';
import { FRAME_OFFSET_HEADER, frameOffset, frameOffsetHeader } from './frame-offset.js';

test('the offset of a frame is read back from the header of its forecast, beyond what a number holds', () => {
  for (const offset of [0n, 7n, 2n ** 63n - 1n]) expect(frameOffset(frameOffsetHeader(offset))).toBe(offset);
});

test.each([{}, ...['', '-1', '1.5', 'first'].map((said) => ({ [FRAME_OFFSET_HEADER]: Buffer.from(said) }))])(
  'a record with the headers %o is none of our forecasts',
  (headers) => expect(frameOffset(headers)).toBeNull(),
);
