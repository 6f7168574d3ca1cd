/** @file Ingest and the predictor in a row, over series that end and begin anew.
 *
 *  Law: what is a new life for ingest is one for the predictor, from the same frame on; whatever ingest makes of it is
 *  served. */
import { SERIES_LIFE_HEADER, StreamDefinition } from '#contracts';
import { firstDifference, InMemoryLog, pump } from '#kafka/testing';
import { expect, test } from 'vitest';
import { readingsTask } from '../apps/ingest/src/readings.task.js';
import { framesTask } from '../apps/predictor/src/frames.task.js';
import {
  definition as ofTwoChannels,
  HOUR,
  OUTPUTS,
  Versions,
} from '../apps/predictor/src/testing/frames-world.js';

const EPOCH = 400_000 * HOUR;
const definition = StreamDefinition.parse({ ...ofTwoChannels, channels: [{ name: 'a' }] });
const definitions = {
  get: (stream: string) => (stream === 's' ? definition : null),
  catchUp: () => Promise.resolve(),
};
const ingest = readingsTask({ definitions });
const predictor = framesTask({ definitions, versions: new Versions() });

/** Thirty hours; a hundred of silence; then a day of a clock that goes wrong by `shift` hours. */
function* readings(shift: number): Generator<{ at: number; event: number }> {
  for (let hour = 0; hour < 30; hour++) yield { at: hour, event: hour };
  for (let hour = 130; hour < 154; hour++) yield { at: hour, event: hour + shift };
}

/** Each reading goes through both before the next one comes. */
async function inTurn(shift: number): Promise<InMemoryLog> {
  const log = new InMemoryLog(1);
  for (const { at, event } of readings(shift)) {
    log.time = EPOCH + at * HOUR;
    const value = JSON.stringify({
      stream: 's',
      series: 'x',
      time: EPOCH + event * HOUR,
      values: { a: event },
    });
    log.append({ topic: 'readings', partition: 0, key: 's/x', value });
    await pump(ingest, log);
    await pump(predictor, log);
  }
  return log;
}

test.each([
  ['far behind', -1_000],
  ['behind, within the steps of the life before', -110],
  ['right', 0],
])(
  'a series that ended and begins anew with a clock that is %s is served from its first frame on',
  async (_, shift) => {
    const log = await inTurn(shift);
    const frames = log.read('frames', 0);
    expect(new Set(frames.map(({ headers }) => String(headers[SERIES_LIFE_HEADER]))).size).toBe(2);
    expect(frames).toHaveLength(30 + 23);
    expect(log.read('frames.dead', 0)).toEqual([]);
    expect(log.read('forecasts', 0)).toHaveLength(frames.length);

    // However the frames are cut, also within one batch.
    for (const batch of [3, 1_000]) {
      const again = new InMemoryLog(1);
      for (const frame of frames) {
        again.time = frame.timestamp;
        again.append(frame);
      }
      await pump(predictor, again, { batchSize: () => batch });
      expect(firstDifference(log, again, OUTPUTS)).toBeNull();
    }
  },
);

test('frames that say nothing of lives begin a series anew by its silence alone', async () => {
  const said = (await inTurn(-1_000)).read('frames', 0);
  const log = new InMemoryLog(1);
  for (const { headers: _, ...frame } of said) {
    log.time = frame.timestamp;
    log.append(frame);
  }
  const { counts } = await pump(predictor, log);
  expect(counts['dead:LATE']).toBeGreaterThan(10);
});
