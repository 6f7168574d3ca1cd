import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RollcastError } from '#contracts';
import type { PartitionTask } from '../partition-task.js';
import { expectSameUnderAnyCut, firstDifference, seededRandom } from './any-cut.js';
import { countingInput, countingTask, type CountingOptions } from './counting-task.js';
import { InMemoryLog } from './in-memory-log.js';
import { pump } from './pump.js';

const TOPICS = { inputTopic: 'in', outputTopic: 'out', changelogTopic: 'changelog' };
const make = (extra: Partial<CountingOptions> = {}) => countingTask({ ...TOPICS, forgetAfter: 7, ...extra });

function inputOf(records: number, seed: number, partitions = 2): InMemoryLog {
  const log = new InMemoryLog(partitions);
  const random = seededRandom(seed);
  for (let i = 0; i < records; i++) {
    const value = countingInput(i, Math.floor(random() * 1e6) / 100);
    log.append({ topic: 'in', key: `s${Math.floor(random() * 12)}`, value });
    if (random() < 0.1) log.skip('in', Math.floor(random() * partitions), 1 + Math.floor(random() * 3));
  }
  return log;
}

describe('the in-memory log', () => {
  test('a counting task writes the same under any cut and any deaths', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 120 }), fc.integer(), async (records, seed) => {
        const input = inputOf(records, seed);
        await expectSameUnderAnyCut(() => make(), input, { topics: ['out'], runs: 3, seed, deathRate: 0.2 });
      }),
      { numRuns: 25 },
    );
  });

  test('a task whose output depends on its batch is caught, and the record named', async () => {
    const bad = () => make({ batchDependent: true });
    await expect(expectSameUnderAnyCut(bad, inputOf(60, 3), { topics: ['out'] })).rejects.toThrow(
      /out, partition \d, record \d+: .*batchLength/,
    );
  });

  test('a task that keeps what no changelog holds is caught by the deaths', async () => {
    const forgetful = () => ({
      ...make(),
      open: (restored: Parameters<ReturnType<typeof make>['open']>[0]) =>
        make().open({ ...restored, entries: new Map() }),
    });
    await expect(expectSameUnderAnyCut(forgetful, inputOf(80, 5), { topics: ['out'] })).rejects.toThrow(
      /instead of/,
    );
  });

  test('compaction between two runs changes no output', async () => {
    const input = inputOf(100, 9);
    const reference = input.copy();
    await pump(make(), reference);
    let commits = 0;
    await pump(make(), input, {
      batchSize: () => 5,
      kill: (moment) => {
        if (moment !== 'committed' || ++commits % 3 !== 0) return false;
        input.compact('changelog');
        return true;
      },
    });
    expect(commits).toBeGreaterThan(10);
    expect(firstDifference(reference, input, ['out'])).toBeNull();
  });

  test('a poisonous record is rejected after throwing twice alone, and its neighbours are counted', async () => {
    const log = new InMemoryLog();
    for (let i = 0; i < 10; i++) {
      log.append({ topic: 'in', key: 'a', value: i === 4 ? 'poison' : countingInput(i, i) });
    }
    const { counts, openings } = await pump(make({ forgetAfter: 100 }), log);
    expect(counts).toEqual({ counted: 9, rejected: 1 });
    // The batch, then the record alone, twice; the fourth opening rejects it.
    expect(openings).toBe(4);
    const texts = log.texts('out')[0]?.map(({ value }) => value ?? '') ?? [];
    expect(texts[4]).toBe(JSON.stringify({ rejected: 'poison', problem: 'this record is poison' }));
    expect(texts.at(-1)).toContain('"n":9');
  });

  test('a record that meets our own bug is poison too, and an outage is not', async () => {
    const log = new InMemoryLog();
    ['bug', countingInput(1, 1)].forEach((value) => log.append({ topic: 'in', key: 'a', value }));
    let outages = 5;
    const task = make();
    const shaken: PartitionTask = {
      ...task,
      open: async (restored) => {
        const open = await task.open(restored);
        return {
          process: (batch) =>
            outages-- > 0
              ? Promise.reject(new RollcastError('BROKER_UNAVAILABLE', { problem: 'away' }))
              : open.process(batch),
          reject: (record, error) => open.reject(record, error),
        };
      },
    };
    const { counts, openings } = await pump(shaken, log);
    expect(counts).toEqual({ counted: 1, rejected: 1 });
    // Five outages, the batch, the record alone, twice; then it is rejected.
    expect(openings).toBe(9);
  });

  test('a second pump over the same log does nothing', async () => {
    const log = inputOf(30, 2);
    await pump(make(), log);
    const before = log.copy();
    expect((await pump(make(), log)).transactions).toBe(0);
    expect(firstDifference(before, log, ['out', 'changelog'])).toBeNull();
  });

  test('retention that has eaten unread input stops the task', async () => {
    const log = inputOf(40, 4, 1);
    let commits = 0;
    await pump(make(), log, {
      batchSize: () => 10,
      kill: (moment) => moment === 'committed' && ++commits === 1,
    });
    for (let i = 0; i < 10; i++) log.append({ topic: 'in', key: 'late', value: countingInput(i, i) });
    log.truncate('in', 0, log.bounds('in', 0).end - 1n);
    await expect(pump(make(), log)).rejects.toMatchObject({ code: 'RETENTION_GAP' });
  });

  test.each([
    ['lost', (values: string[]) => values.splice(3, 1)],
    ['doubled', (values: string[]) => values.splice(3, 0, values[2] ?? '')],
    ['changed', (values: string[]) => values.splice(3, 1, 'other')],
    ['swapped', (values: string[]) => values.splice(3, 2, values[4] ?? '', values[3] ?? '')],
  ])('the comparison notices a record that was %s', (_name, change) => {
    const logOf = (values: readonly string[]) => {
      const log = new InMemoryLog();
      values.forEach((value) => log.append({ topic: 'out', key: 'k', value }));
      return log;
    };
    const values = ['a', 'b', 'c', 'd', 'e', 'f'];
    const other = [...values];
    change(other);
    expect(firstDifference(logOf(values), logOf(other), ['out'])).toMatch(/out, partition 0, record 3/);
    expect(firstDifference(logOf(values), logOf(values), ['out'])).toBeNull();
  });
});
