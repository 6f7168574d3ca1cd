import { describe, expect, test } from 'vitest';
import { formatTime, RollcastError, StreamDefinition } from '#contracts';
import { claimRanges, type FrameLog, type FrameRecord, rangesName, readHistory } from './training-history.js';

const HOUR = 3_600_000;
const definition = StreamDefinition.parse({
  stream: 'a',
  channels: [{ name: 't' }],
  frequency: '1h',
});

/** Partitions of records in memory; `low` records of each were removed. */
class ArrayLog implements FrameLog {
  readonly partitions: FrameRecord[][] = [[], [], []];
  low = 0n;

  add(partition: number, key: string, value: string | null): void {
    const records = this.partitions[partition] as FrameRecord[];
    const bytes = value === null ? null : Buffer.from(value);
    records.push({ offset: BigInt(records.length), key: Buffer.from(key), value: bytes });
  }

  frame(partition: number, stream: string, series: string, hour: number): void {
    const frame = { stream, series, time: formatTime(hour * HOUR), values: { t: hour } };
    this.add(partition, `${stream}/${series}`, JSON.stringify(frame));
  }

  async bounds() {
    return this.partitions.map((records, partition) => {
      const end = BigInt(records.length);
      return { partition, low: end < this.low ? end : this.low, end };
    });
  }

  async *range({ partition, from, to }: Parameters<FrameLog['range']>[0]) {
    for (const record of this.partitions[partition]?.slice(Number(from), Number(to)) ?? []) yield [record];
  }
}

function checkpoints() {
  const kept = new Map<string, Buffer>();
  return {
    kept,
    readCheckpoint: async (name: string) => kept.get(name) ?? null,
    writeCheckpoint: async (name: string, bytes: Buffer) => void kept.set(name, bytes),
  };
}

function filledLog(): ArrayLog {
  const log = new ArrayLog();
  for (let hour = 0; hour < 5; hour++) {
    log.frame(0, 'a', 'x', hour);
    log.frame(0, 'ab', 'x', hour);
    log.frame(2, 'a', 'y', hour);
  }
  return log;
}

const read = (log: FrameLog, ranges: Awaited<ReturnType<typeof claimRanges>>, skipped: unknown[] = []) =>
  readHistory({
    log,
    definition,
    ranges,
    signal: new AbortController().signal,
    onSkipped: (...told) => skipped.push(told),
  });

describe('the ranges of a job', () => {
  test('are all that the log holds when it begins, without empty partitions', async () => {
    const log = filledLog();
    log.low = 2n;
    expect(await claimRanges(log, checkpoints(), 'job')).toEqual([
      { partition: 0, from: '2', to: '10' },
      { partition: 2, from: '2', to: '5' },
    ]);
  });

  test('stay the same when it goes on later, for another job they do not', async () => {
    const log = filledLog();
    const kept = checkpoints();
    const begun = await claimRanges(log, kept, 'job');
    log.frame(1, 'a', 'z', 9);
    expect(await claimRanges(log, kept, 'job')).toEqual(begun);
    expect(await claimRanges(log, kept, 'other')).toHaveLength(3);
  });

  test.each([
    ['removed its oldest records', (log: ArrayLog) => (log.low = 1n)],
    ['is another one, and shorter', (log: ArrayLog) => log.partitions[0]?.splice(3)],
    ['has fewer partitions', (log: ArrayLog) => log.partitions.splice(2)],
  ])('are taken anew where the log %s', async (_, change) => {
    const log = filledLog();
    const kept = checkpoints();
    const begun = await claimRanges(log, kept, 'job');
    change(log);
    const anew = await claimRanges(log, kept, 'job');
    expect(anew).not.toEqual(begun);
    expect(JSON.parse(kept.kept.get(rangesName('job'))?.toString() ?? '')).toEqual(anew);
  });
});

describe('the history', () => {
  test('holds the frames of this stream alone, those within the ranges', async () => {
    const log = filledLog();
    const ranges = await claimRanges(log, checkpoints(), 'job');
    log.frame(0, 'a', 'x', 5);
    const { series, frames } = await read(log, ranges);
    expect(frames).toBe(10);
    expect(series.map(({ series, runs }) => [series, runs.map(({ steps }) => steps)])).toEqual([
      ['x', [5]],
      ['y', [5]],
    ]);
    expect([...(series[0]?.runs[0]?.values[0] ?? [])]).toEqual([0, 1, 2, 3, 4]);
  });

  test('holds at most the newest steps that the definition wants', async () => {
    const log = new ArrayLog();
    for (let hour = 0; hour < 600; hour++) log.frame(0, 'a', 'x', hour);
    const short = StreamDefinition.parse({ ...definition, retraining: { maxSteps: 500 } });
    const { series } = await readHistory({
      log,
      definition: short,
      ranges: await claimRanges(log, checkpoints(), 'job'),
      signal: new AbortController().signal,
      onSkipped: () => undefined,
    });
    expect(series[0]?.runs).toMatchObject([{ steps: 500, firstGridIndex: 100 }]);
  });

  test('passes over what cannot be used and says how much and where, once', async () => {
    const log = filledLog();
    log.add(0, 'a/x', 'no JSON');
    log.add(0, 'a/x', null);
    log.add(0, 'a/x', '{"stream":"a"}');
    log.frame(0, 'a', 'x', 2);
    log.frame(0, 'a', 'x', 7);
    const skipped: unknown[] = [];
    const { frames } = await read(log, await claimRanges(log, checkpoints(), 'job'), skipped);
    expect(frames).toBe(11);
    expect(skipped).toEqual([[4, expect.stringContaining('partition 0, offset 10: SyntaxError')]]);
  });

  test('lets others work while a large fetch is parsed', async () => {
    const log = new ArrayLog();
    for (let hour = 0; hour < 5_000; hour++) log.frame(0, 'a', 'x', hour);
    const ranges = await claimRanges(log, checkpoints(), 'job');
    log.range = async function* () {
      yield log.partitions[0] ?? [];
    };
    let turns = 0;
    let reading = true;
    const work = () => {
      turns += 1;
      if (reading) setImmediate(work);
    };
    setImmediate(work);
    expect((await read(log, ranges)).frames).toBe(5_000);
    reading = false;
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  test('ends with the reason of an abort, also where the log ends with another error because of it', async () => {
    const reason = new RollcastError('TRAINING_CANCELLED', { reason: 'enough' });
    const abort = new AbortController();
    const log = filledLog();
    const given = await claimRanges(log, checkpoints(), 'job');
    log.range = async function* () {
      yield [];
      abort.abort(reason);
      throw new RollcastError('RELEASED', { partition: 0 });
    };
    const reading = readHistory({
      log,
      definition,
      ranges: given,
      signal: abort.signal,
      onSkipped: () => undefined,
    });
    await expect(reading).rejects.toBe(reason);
  });
});
