/** @file A record of `frames` as a frame. */
import { describeIssues, Frame, RollcastError, seriesKey } from '#contracts';
import type { InputRecord } from '#kafka';

/** A record as a frame of its series. Who reads the log back knows records by their keys, so a frame under another key,
 *  or none, would be served and then missing in every state that is rebuilt.
 *  @throws NOT_JSON, WRONG_TYPE */
export function frameIn({ key, value }: Pick<InputRecord, 'key' | 'value'>): Frame {
  const frame = parseFrame(value);
  const wanted = seriesKey(frame.stream, frame.series);
  const found = key?.toString();
  if (found === wanted) return frame;
  const problem = `${found === undefined ? 'there is none' : `it is "${found.slice(0, 300)}"`}, not "${wanted}"`;
  throw new RollcastError('WRONG_TYPE', { field: 'the key of the record', problem });
}

/** What a record says, before its stream is looked up.
 *  @throws NOT_JSON, WRONG_TYPE */
export function parseFrame(value: Buffer | null): Frame {
  let json: unknown;
  try {
    json = JSON.parse(value?.toString() ?? '');
  } catch (error) {
    throw new RollcastError('NOT_JSON', { problem: (error as Error).message }, error);
  }
  const parsed = Frame.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new RollcastError('WRONG_TYPE', { field: 'frame', problem: describeIssues(parsed.error) });
}
