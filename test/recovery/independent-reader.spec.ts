/** @file The reader that all comparisons go through, held once against a client that shares no line with it: librdkafka,
 *  through kcat, where that is installed.
 *
 *  Several producers write the same partitions in transactions that overlap, as ingest does when it forwards. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { seededRandom } from '#kafka/testing';
import { BrokerWorld, PARTITIONS } from '../worlds/broker-world.js';
import { readLog } from '../worlds/same-log.js';

const TOPIC = 'readings';
const PRODUCERS = ['a', 'b', 'c'];
const ROUNDS = 15;

let world: BrokerWorld;
beforeAll(async () => {
  world = await BrokerWorld.make(inject('brokers'));
});
afterAll(() => world.close());

const kcat = (...args: string[]) => spawnSync('kcat', args, { encoding: 'utf8', timeout: 30_000 });

test.runIf(kcat('-V').status === 0)(
  'kcat reads the same: what was committed, and nothing of what was aborted beside it',
  async () => {
    const { committed, aborted } = await overlappingTransactions();
    expect(Math.min(aborted, committed.length)).toBeGreaterThan(20);

    const ours = ((await readLog(world.client, [TOPIC])).get(TOPIC) ?? [])
      .flat()
      .map(({ partition, offset, key, value }) => [partition, Number(offset), String(key), String(value)]);
    const { status, stdout, stderr } = kcat(
      ...['-C', '-e', '-q', '-J', '-o', 'beginning', '-X', 'isolation.level=read_committed'],
      ...['-b', inject('brokers').join(','), '-t', world.prefix + TOPIC],
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const theirs = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { partition: number; offset: number; key: string; payload: string })
      .sort((left, right) => left.partition - right.partition || left.offset - right.offset)
      .map(({ partition, offset, key, payload }) => [partition, offset, key, payload]);
    expect(ours).toEqual(theirs);
    expect(theirs.map(([, , , value]) => value).sort()).toEqual(committed.sort());
  },
);

/** @returns the values that were committed, and how many were not */
async function overlappingTransactions(): Promise<{ committed: string[]; aborted: number }> {
  const random = seededRandom(3);
  const below = (limit: number) => Math.floor(random() * limit);
  const committed: string[] = [];
  let aborted = 0;
  const work = async (name: string) => {
    const producer = world.client.transactionalProducer(world.prefix + name, 30_000);
    await producer.connect();
    for (let round = 0; round < ROUNDS; round++) {
      const transaction = await producer.transaction();
      const values = Array.from({ length: 1 + below(4) }, (_, n) => `${name} ${round} ${n}`);
      for (const value of values) {
        const messages = [{ partition: below(PARTITIONS), key: name, value }];
        await transaction.send({ topic: world.prefix + TOPIC, messages });
      }
      if (random() < 0.5) {
        await transaction.abort();
        aborted += values.length;
      } else {
        await transaction.commit();
        committed.push(...values);
      }
    }
    await producer.disconnect();
  };
  await Promise.all(PRODUCERS.map(work));
  return { committed, aborted };
}
