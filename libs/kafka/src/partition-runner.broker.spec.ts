import { beforeAll, describe, expect, inject, test } from 'vitest';
import type { CommittedBatch } from './partition-process.js';
import { PartitionRunner, type RunnerOptions } from './partition-runner.js';
import type { PartitionTask } from './partition-task.js';
import { until } from '../../../test/until.js';
import { PartitionTransactions } from './transaction.js';
import { BrokerBench, COUNTING_TOPICS, PARTITIONS } from './testing/broker-bench.js';
import { kafkajs } from './kafkajs.js';
import { countingTask } from './testing/counting-task.js';
import { describeError, type RollcastError } from '#contracts';

const bench = () => new BrokerBench(inject('brokers'));

describe('the partition runner on a real broker', () => {
  let session: number;
  beforeAll(async () => {
    const probe = bench();
    session = await probe.shortestSessionMs();
    await probe.close();
  });

  const counting = (b: BrokerBench, extra: Partial<RunnerOptions> = {}) =>
    new PartitionRunner({
      client: b.client,
      task: countingTask(COUNTING_TOPICS),
      groupId: 'counting',
      sessionTimeoutMs: session,
      ...extra,
    });

  async function withRunner(
    extra: Partial<RunnerOptions>,
    act: (bench: BrokerBench, runner: PartitionRunner, batches: CommittedBatch[]) => Promise<void>,
  ): Promise<void> {
    const b = bench();
    await b.countingTopics();
    const batches: CommittedBatch[] = [];
    const runner = counting(b, { onCommitted: (batch) => batches.push(batch), ...extra });
    try {
      await act(b, runner, batches);
    } finally {
      await runner.stop().catch(() => undefined);
      await b.close();
    }
  }

  const done = (batches: readonly CommittedBatch[]) => batches.reduce((sum, { records }) => sum + records, 0);

  test('counts every record once, shows no lag at the end, and stops within ten seconds', async () => {
    await withRunner({}, async (b, runner, batches) => {
      await b.sendCounting(0, 2_000);
      runner.start();
      await until('all counted', () => done(batches) === 2_000);
      expect(await b.countingDifference()).toBeNull();
      await until('nothing waits', () => runner.partitions().every(({ lag }) => lag === 0n));
      expect(runner.health().state).toBe('running');
      const startedAt = Date.now();
      await runner.stop(10_000);
      expect(Date.now() - startedAt).toBeLessThan(10_000);
      const lag = await b.admin.lag('counting', 'in');
      expect(lag.map((one) => one.lag)).toEqual([0n, 0n, 0n, 0n]);
      // The group is left, not timed out.
      expect((await b.admin.group('counting')).members.size).toBe(0);
    });
  });

  test.each([
    ['a poisonous record', 'poison'],
    ['a record that meets our own bug', 'bug'],
  ])('%s is rejected in its place and the partition goes on', async (_name, value) => {
    await withRunner({}, async (b, runner, batches) => {
      await b.sendCounting(0, 50);
      await b.producer.send([{ topic: 'in', key: 's1', value }]);
      await b.sendCounting(50, 50);
      runner.start();
      await until('all counted', () => done(batches) === 101);
      expect(batches.reduce((sum, { counts }) => sum + (counts['rejected'] ?? 0), 0)).toBe(1);
      expect(await b.countingDifference()).toBeNull();
    });
  });

  test('outputs beyond one record batch are split inside the one transaction', async () => {
    const big = 'x'.repeat(8_000);
    const blow = {
      ...countingTask(COUNTING_TOPICS),
      open: () =>
        Promise.resolve({
          process: (batch: readonly { key: Buffer | null }[]) =>
            Promise.resolve({
              records: batch.map(({ key }) => ({ topic: 'out', key, value: big })),
              changes: [],
              counts: {},
            }),
          reject: () => ({ records: [], changes: [], counts: { rejected: 1 } }),
        }),
    };
    await withRunner({ task: blow }, async (b, runner, batches) => {
      const records = Array.from({ length: 450 }, (_, i) => ({
        topic: 'in',
        partition: 0,
        key: 'k',
        value: String(i),
      }));
      await b.producer.send(records);
      runner.start();
      await until('all written', () => done(batches) === 450);
      // 3.6 MB of outputs: more than one record batch may hold, and yet few transactions.
      expect(batches.length).toBeLessThan(10);
      expect(batches.every(({ counts }) => counts['rejected'] === undefined)).toBe(true);
      expect((await b.read(['out'])).read('out', 0)).toHaveLength(450);
    });
  });

  test('an output that no record batch can carry makes its record poison, not the partition stuck', async () => {
    const huge: PartitionTask = {
      ...countingTask(COUNTING_TOPICS),
      open: () =>
        Promise.resolve({
          process: (batch) =>
            Promise.resolve({
              records: batch.map(({ key, value }) => ({
                topic: 'out',
                key,
                value: value?.toString() === 'huge' ? 'x'.repeat(2_000_000) : 'small',
              })),
              changes: [],
              counts: { written: batch.length },
            }),
          reject: (_record, error) => ({
            records: [{ topic: 'out', key: null, value: describeError(error).slice(0, 9) }],
            changes: [],
            counts: { rejected: 1 },
          }),
        }),
    };
    await withRunner({ task: huge }, async (b, runner, batches) => {
      const values = ['a', 'b', 'huge', 'c'];
      await b.producer.send(values.map((value) => ({ topic: 'in', partition: 3, key: 'k', value })));
      runner.start();
      await until('all written', () => done(batches) === 4);
      const written = (await b.read(['out'])).texts('out')[3]?.map(({ value }) => value);
      expect(written).toEqual(['small', 'small', 'TOO_LARGE', 'small']);
    });
  });

  test('a limit that is lowered under a running partition is asked for again, and nothing is lost', async () => {
    await withRunner({}, async (b, runner, batches) => {
      await b.sendCounting(0, 100);
      runner.start();
      await until('all counted', () => done(batches) === 100);
      const configEntries = [{ name: 'max.message.bytes', value: '2000' }];
      const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: `${b.prefix}out`, configEntries };
      await b.admin.call((admin) => admin.alterConfigs({ validateOnly: false, resources: [resource] }));
      await until(
        'the broker has it',
        async () => (await b.admin.topicConfigs('out')).get('max.message.bytes') === '2000',
      );
      await b.sendCounting(100, 2_000);
      await until('the rest is counted', () => done(batches) === 2_100);
      expect(await b.countingDifference()).toBeNull();
    });
  });

  test('a full queue pauses the partition and loses nothing', async () => {
    const batchLimits = { batchRecords: 7, maxRecords: 20 };
    await withRunner({ batchLimits }, async (b, runner, batches) => {
      await b.sendCounting(0, 600);
      runner.start();
      await until('all counted', () => done(batches) === 600);
      expect(Math.max(...batches.map(({ records }) => records))).toBeLessThanOrEqual(7);
      expect(await b.countingDifference()).toBeNull();
    });
  });

  test('a task that keeps what no changelog holds is caught after one restart', async () => {
    const forgetful: PartitionTask = {
      ...countingTask(COUNTING_TOPICS),
      open: (restored) => countingTask(COUNTING_TOPICS).open({ ...restored, entries: new Map() }),
    };
    await withRunner({ task: forgetful }, async (b, runner, batches) => {
      await b.sendCounting(0, 200);
      runner.start();
      await until('all counted', () => done(batches) === 200);
      await runner.stop();
      await b.sendCounting(200, 200);
      const again = counting(b, { task: forgetful, onCommitted: (batch) => batches.push(batch) });
      again.start();
      await until('the rest is counted', () => done(batches) === 400);
      await again.stop();
      expect(await b.countingDifference()).toMatch(/instead of/);
    });
  });

  test('a task reads its own outputs back from the offset that its commit told it, to the end', async () => {
    const readBack: string[] = [];
    const remembering: PartitionTask = {
      ...COUNTING_TOPICS,
      spanTopics: ['out'],
      open: async ({ position, spans, partition }) => {
        let from = (position?.partitionState as { from: string } | null | undefined)?.from ?? null;
        if (from !== null) {
          await spans.read({ topic: 'out', from: BigInt(from) }, (records) => {
            readBack.push(...records.map(({ value }) => value?.toString() ?? ''));
          });
        }
        await expect(spans.bounds('elsewhere')).rejects.toMatchObject({ code: 'INTERNAL' });
        return {
          process: (batch) =>
            Promise.resolve({
              records: batch.map(({ key, value }) => ({ topic: 'out', key, value })),
              changes: [],
              partitionState: { from },
              counts: {},
            }),
          reject: () => ({ records: [], changes: [], counts: {} }),
          committed: (written) => {
            const own = written.find((span) => span.topic === 'out' && span.partition === partition);
            from ??= String(own?.first ?? 0n);
          },
        };
      },
    };
    await withRunner({ task: remembering }, async (b, runner, batches) => {
      const send = (from: number, count: number) =>
        b.producer.send(
          Array.from({ length: count }, (_, i) => ({
            topic: 'in',
            partition: 2,
            key: 'k',
            value: String(from + i),
          })),
        );
      await send(0, 5);
      runner.start();
      await until('the first are copied', () => done(batches) === 5);
      await send(5, 5);
      await until('the second are copied', () => done(batches) === 10);
      await runner.stop();
      const again = counting(b, { task: remembering, onCommitted: (batch) => batches.push(batch) });
      again.start();
      await until('it runs', () => again.health().state === 'running');
      expect(readBack).toEqual(Array.from({ length: 10 }, (_, i) => String(i)));
      await again.stop();
    });
  });

  test('partitions that were fenced, as by a rebalance, are opened again where they are still ours', async () => {
    await withRunner({}, async (b, runner, batches) => {
      await b.topics(['other']);
      await b.sendCounting(0, 100);
      runner.start();
      await until('all counted', () => done(batches) === 100);
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const transactionalId = `counting-in-${partition}`;
        const signal = new AbortController().signal;
        const other = await PartitionTransactions.open(
          b.client,
          { transactionalId, partition, transactionTimeoutMs: 10_000, signal },
          [{ topic: 'other', key: null, value: 'fenced' }],
          () => 1_000_000,
        );
        await other.close();
      }
      await b.sendCounting(100, 100);
      await until('the rest is counted', () => done(batches) === 200);
      expect(await b.countingDifference()).toBeNull();
      await until('it runs', () => runner.health().state === 'running');
    });
  });

  test('a changelog that was lost stops the runner loudly', async () => {
    const crashes: RollcastError[] = [];
    const onCrash = (error: RollcastError) => crashes.push(error);
    await withRunner({ onCrash }, async (b, runner, batches) => {
      await b.sendCounting(0, 100);
      runner.start();
      await until('all counted', () => done(batches) === 100);
      await runner.stop();
      await b.admin.call((admin) => admin.deleteTopics({ topics: [`${b.prefix}changelog`] }));
      await until('deleted', async () => (await b.admin.partitionCount('changelog')) === null);
      await b.topics(['changelog'], ['changelog']);
      const again = counting(b, { onCrash });
      again.start();
      await until('crashed', () => crashes.length > 0);
      expect(crashes[0]?.code).toBe('CHANGELOG_LOST');
      expect(again.health()).toMatchObject({ state: 'stopped' });
    });
  });

  test('input that retention took before it was read stops the runner loudly; without changelog and group it begins anew', async () => {
    const crashes: RollcastError[] = [];
    await withRunner({}, async (b, runner, batches) => {
      await b.sendCounting(0, 100);
      runner.start();
      await until('all counted', () => done(batches) === 100);
      await runner.stop();
      await b.sendCounting(100, 200);
      const bounds = await b.admin.bounds('in');
      const partitions = bounds.map(({ partition, end }) => ({ partition, offset: String(end - 1n) }));
      await b.admin.call((admin) => admin.deleteTopicRecords({ topic: `${b.prefix}in`, partitions }));
      const again = counting(b, { onCrash: (error) => crashes.push(error) });
      again.start();
      await until('crashed', () => crashes.length > 0);
      expect(crashes[0]?.code).toBe('RETENTION_GAP');

      // The way out: without the changelog and the group it begins anew, with what the log still holds.
      await b.admin.call((admin) => admin.deleteTopics({ topics: [`${b.prefix}changelog`] }));
      await until('deleted', async () => (await b.admin.partitionCount('changelog')) === null);
      await b.topics(['changelog'], ['changelog']);
      await until('the group is gone', () =>
        b.admin
          .call((admin) => admin.deleteGroups([`${b.prefix}counting`]))
          .then(
            () => true,
            () => false,
          ),
      );
      const anew = counting(b, { onCrash: (error) => crashes.push(error) });
      anew.start();
      await until('it runs again', () => anew.health().state === 'running');
      await anew.stop();
      expect(crashes).toHaveLength(1);
    });
  });

  test('topics that were given more partitions stop the runner loudly: series would begin anew elsewhere', async () => {
    await withRunner({}, async (b, runner, batches) => {
      await b.sendCounting(0, 100);
      runner.start();
      await until('all counted', () => done(batches) === 100);
      await runner.stop();
      const topicPartitions = ['in', 'out', 'changelog'].map((topic) => ({
        topic: `${b.prefix}${topic}`,
        count: PARTITIONS + 2,
      }));
      await b.admin.call((admin) => admin.createPartitions({ topicPartitions }));
      const crashes: RollcastError[] = [];
      const again = counting(b, { onCrash: (error) => crashes.push(error) });
      again.start();
      await until('crashed', () => crashes.length > 0);
      expect(crashes[0]).toMatchObject({
        code: 'PARTITIONS_CHANGED',
        message: 'in has 6 partitions, and had 4 when the states of its series were written',
      });
    });
  });

  test('missing topics are waited for, and said', async () => {
    const b = bench();
    const runner = counting(b);
    try {
      runner.start();
      await until(
        'it says what is missing',
        () => runner.health().reason?.includes('TOPIC_MISSING') === true,
      );
      expect(runner.health().state).toBe('waiting');
      await b.countingTopics();
      await until('it runs', () => runner.health().state === 'running');
    } finally {
      await runner.stop();
      await b.close();
    }
  });
});
