/** @file POISON: a record that makes our own code throw, met by the real runner on the real broker. The task is ingest's
 *  own; the test makes it throw for one marked reading, after it has worked on the whole batch, so that its states are
 *  spoiled as a real bug would spoil them. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { DEAD_LETTER_HEADERS } from '#contracts';
import { type InputRecord, PartitionRunner, type PartitionTask } from '#kafka';
import { readingsTask } from '../../apps/ingest/src/readings.task.js';
import { BrokerWorld, PARTITIONS } from '../worlds/broker-world.js';
import { disturbedReadings, MILL } from '../worlds/disturbed-readings.js';
import { ingestTwin } from '../worlds/ingest-twin.js';
import { assertSameLog, readLog } from '../worlds/same-log.js';
import { withProcess } from '../worlds/with-process.js';
import { until } from '../until.js';

const SERIES = 'mill/machine-1';
/** A sound reading, in the time of those around it: wherever it is not given up, it is in a frame. */
const MARKED = JSON.stringify({
  stream: MILL.stream,
  series: 'machine-1',
  time: Date.UTC(2026, 0, 1, 0, 1, 30),
  values: { speed: 42 },
});
const isMarked = ({ value }: InputRecord) => value?.toString() === MARKED;

let world: BrokerWorld;
beforeAll(async () => {
  world = await BrokerWorld.make(inject('brokers'));
});
afterAll(() => world.close());

test('POISON: our code throws on one reading: to the dead letters, as it came and with the reason; the stream goes on', async () => {
  const source = disturbedReadings(5, PARTITIONS);
  const some = () => Array.from({ length: 300 }, () => source.next().value);
  const marked = { topic: 'readings', key: SERIES, value: MARKED };
  await world.send([...some(), marked, ...some()]);

  let thrown = 0;
  const definitions = {
    get: (stream: string) => (stream === MILL.stream ? MILL : null),
    catchUp: () => Promise.resolve(),
  };
  const runner = new PartitionRunner({
    client: world.client,
    task: throwing(readingsTask({ definitions }), () => thrown++),
    groupId: 'ingest',
    sessionTimeoutMs: Number(world.environment['KAFKA_SESSION_TIMEOUT_MS']),
  });
  runner.start();
  try {
    await until('all is read', () => world.isThrough('ingest', 'readings'));
  } finally {
    await runner.stop();
  }

  const found = await readLog(world.client, ['readings', 'frames', 'readings.dead']);
  const readings = found.get('readings') ?? [];
  // Twice alone, and before that with the others of its batch, if it came with others.
  expect([2, 3]).toContain(thrown);
  const poison = readings.flat().find(isMarked);
  const letters = (found.get('readings.dead') ?? []).map((list) =>
    list.filter(({ headers }) => headers[DEAD_LETTER_HEADERS.reason]?.toString() === 'POISON'),
  );
  expect(
    letters.flat().map(({ key, value, headers }) => ({
      key: String(key),
      value: String(value),
      headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, String(bytes)])),
    })),
  ).toEqual([
    {
      key: SERIES,
      value: MARKED,
      headers: {
        [DEAD_LETTER_HEADERS.reason]: 'POISON',
        [DEAD_LETTER_HEADERS.message]: expect.stringContaining('this code does not like it') as string,
        [DEAD_LETTER_HEADERS.topic]: 'readings',
        [DEAD_LETTER_HEADERS.partition]: String(poison?.partition),
        [DEAD_LETTER_HEADERS.offset]: String(poison?.offset),
      },
    },
  ]);
  // Everything else is as if the marked one had never come.
  const { log } = await ingestTwin(
    readings.map((records) => records.filter((record) => !isMarked(record))),
    [MILL],
  );
  const others = (found.get('readings.dead') ?? []).map((list, partition) =>
    list.filter((letter) => !letters[partition]?.includes(letter)),
  );
  assertSameLog(log, new Map([...found, ['readings.dead', others]]));
  const ofSeries = (found.get('frames') ?? []).flat().filter(({ key }) => String(key) === SERIES);
  expect(Date.parse(timeOf(ofSeries.at(-1)))).toBeGreaterThan(Date.parse('2026-01-01T00:01:30Z'));
});

function timeOf(frame: InputRecord | undefined): string {
  return (JSON.parse(String(frame?.value)) as { time: string }).time;
}

/** The task, with a bug that a marked reading meets. */
function throwing(task: PartitionTask, onThrown: () => void): PartitionTask {
  return withProcess(task, async (own, batch) => {
    const output = await own(batch);
    if (!batch.some(isMarked)) return output;
    onThrown();
    throw new TypeError('this code does not like it');
  });
}
