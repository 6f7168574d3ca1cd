/** @file A record of `frames` as a frame on the grid of its stream. */
import {
  describeIssues,
  durationMs,
  eventTimeMs,
  Frame,
  RollcastError,
  type StreamDefinition,
} from '#contracts';
import { type ObservedFrame, observedValue } from '#engine';

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

/** The frame in the order of the definition's channels; a channel that it does not name was not observed. */
export function onGrid(frame: Frame, definition: StreamDefinition): ObservedFrame {
  return {
    series: frame.series,
    gridIndex: Math.floor(eventTimeMs(frame.time) / durationMs(definition.frequency)),
    values: Float64Array.from(definition.channels, ({ name }) => observedValue(frame.values[name])),
  };
}
