/** @file A record of `frames` as a frame. */
import { describeIssues, Frame, RollcastError } from '#contracts';

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
