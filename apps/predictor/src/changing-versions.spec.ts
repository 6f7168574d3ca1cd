/** @file A stream's version changes while its frames come: as announced, as another run's log says, or not at all. */
import { type Evaluation, type Forecast, RollcastError, type SwitchRecord } from '#contracts';
import type { PartitionTask, SpanReader } from '#kafka';
import { firstDifference, pump, seededRandom } from '#kafka/testing';
import { describe, expect, test } from 'vitest';
import { framesTask } from './frames.task.js';
import { appendFrom, definitions, frames, OUTPUTS, read, Versions } from './testing/frames-world.js';

/** As the reader on Kafka is: a second range of a partition while one is being read is our bug. */
function oneRangeAtATime(task: PartitionTask): PartitionTask {
  return {
    ...task,
    open: (restored) => {
      let reading = false;
      const read: typeof restored.spans.read = async (span, onRecords) => {
        if (reading) throw new RollcastError('INTERNAL', { problem: 'it is being read already' });
        reading = true;
        // Long enough for whoever else wants to read.
        for (let turn = 0; turn < 100; turn++) await Promise.resolve();
        await restored.spans.read(span, onRecords);
        reading = false;
      };
      return task.open({ ...restored, spans: { ...restored.spans, read } });
    },
  };
}

describe('the frames task, while versions change,', () => {
  test('obeys the switch records of another run to the frame, whatever is announced', async () => {
    const input = frames(2, 1200);
    const free = new Versions();
    const first = input.copy();
    let batches = 0;
    const random = seededRandom(7);
    await pump(framesTask({ definitions, versions: free }), first, {
      batchSize: () => {
        batches += 1;
        if (batches === 20) free.announced = { version: 'last-value-1', at: '1' };
        if (batches === 60) free.announced = { version: 'seasonal-naive-2', at: '2' };
        return 1 + Math.floor(random() * 15);
      },
      kill: () => random() < 0.02,
    });
    const switches = first
      .read('models', 0)
      .map(({ value }) => JSON.parse(value?.toString() ?? '') as SwitchRecord);
    expect(
      new Set(switches.map(({ partition, version }) => `${partition} ${version}`)).size,
    ).toBeGreaterThanOrEqual(3);
    expect(new Set(read<Forecast>(first, 'forecasts').map(({ model }) => model.version))).toEqual(
      new Set(['kalman-0', 'last-value-1', 'seasonal-naive-2']),
    );

    for (const batchSize of [1, 1000]) {
      const given = new Versions();
      given.fixed = switches;
      given.announced = { version: 'seasonal-naive-2', at: '2' };
      const second = input.copy();
      await pump(framesTask({ definitions, versions: given }), second, { batchSize: () => batchSize });
      expect(firstDifference(first, second, OUTPUTS)).toBeNull();
    }
    const without = input.copy();
    await pump(framesTask({ definitions, versions: new Versions() }), without);
    expect(firstDifference(first, without, OUTPUTS)).toMatch(/^forecasts/);
  });

  test('makes a forecast of every frame across a switch, and says each switch once a partition', async () => {
    const versions = new Versions();
    const log = frames(3, 600);
    let batches = 0;
    const { counts } = await pump(framesTask({ definitions, versions }), log, {
      batchSize: () => {
        if (++batches === 5) versions.announced = { version: 'last-value-1', at: '1' };
        return 20;
      },
    });
    const forecasts = read<Forecast>(log, 'forecasts');
    const evaluations = read<Evaluation>(log, 'evaluations');
    expect(evaluations.filter(({ stream }) => stream === 's')).toHaveLength(
      forecasts.filter(({ stream }) => stream === 's').length,
    );
    const models = read<SwitchRecord>(log, 'models');
    expect(models.map(({ type, partition }) => `${type} ${partition}`).sort()).toEqual([
      'switch 0',
      'switch 1',
    ]);
    const { read: all = 0, evaluations: judged = 0, unknownStream = 0, ...rest } = counts;
    const dead = Object.entries(rest).reduce(
      (sum, [name, count]) => sum + (name.startsWith('dead:') ? count : 0),
      0,
    );
    expect(all).toBe(600);
    expect(judged + unknownStream + dead).toBe(all);
    expect(Math.min(unknownStream, rest['dead:LATE'] ?? 0, rest['dead:NOT_JSON'] ?? 0)).toBeGreaterThan(0);
  });

  test('refuses a version that does not load, says so on models once, and serves on', async () => {
    const versions = new Versions();
    versions.broken.add('last-value-1');
    versions.announced = { version: 'last-value-1', at: '1' };
    const log = frames(4, 300);
    await pump(framesTask({ definitions, versions }), log, { batchSize: () => 10 });
    const models = read<{ type: string; problem: string }>(log, 'models');
    expect(models).toHaveLength(2);
    expect(models[0]).toMatchObject({
      type: 'refusal',
      version: 'last-value-1',
      problem: expect.stringMatching(/torn/) as string,
    });
    expect(new Set(read<Forecast>(log, 'forecasts').map(({ model }) => model.version))).toEqual(
      new Set(['kalman-0']),
    );
    expect(versions.loads).toBe(2);
  });

  test('whose version in force is lost goes on with the cold start, and says both', async () => {
    const versions = new Versions();
    versions.announced = { version: 'last-value-1', at: '1' };
    const log = frames(5, 300);
    let died = false;
    await pump(framesTask({ definitions, versions }), log, {
      batchSize: () => 10,
      partitions: [0],
      kill: (moment) => {
        const dies = !died && moment === 'committed' && log.read('models', 0).length > 0;
        if (dies) {
          died = true;
          versions.broken.add('last-value-1');
        }
        return dies;
      },
    });
    const models = log
      .read('models', 0)
      .map(({ value }) => JSON.parse(value?.toString() ?? '') as { type: string; version: string });
    expect(models.map(({ type, version }) => `${type} ${version}`)).toEqual([
      'switch last-value-1',
      'refusal last-value-1',
      'switch kalman-0',
    ]);
  });

  test('a champion that is announced in the middle of a batch is given every frame before', async () => {
    // Expired series cut the batches; the champion changes at every so many questions, wherever that is.
    const restless = new Versions();
    let asked = 0;
    restless.champion = (stream) => {
      if (stream !== 's') return null;
      const at = String(Math.floor(++asked / 3));
      return { version: Number(at) % 2 === 0 ? 'seasonal-naive-2' : 'last-value-1', at };
    };
    const input = frames(8, 1500);
    const first = input.copy();
    await pump(framesTask({ definitions, versions: restless }), first, { batchSize: () => 200 });
    const given = new Versions();
    given.fixed = read<SwitchRecord>(first, 'models');
    expect(given.fixed.length).toBeGreaterThan(8);
    const second = input.copy();
    await pump(framesTask({ definitions, versions: given }), second, { batchSize: () => 1 });
    expect(firstDifference(first, second, OUTPUTS)).toBeNull();
  });

  test.each([
    ['announced in the silence between two frames serves the very next one', true],
    ['of which nobody told begins to be built there, and serves later', false],
  ])('a champion %s', async (_, told) => {
    const log = frames(13, 200);
    const versions = new Versions();
    const records = log.read('frames', 0);
    const { signal } = new AbortController();
    const spans: SpanReader = {
      read: async ({ from, last = 0n }, onRecords) =>
        onRecords(log.read('frames', 0, from).filter(({ offset }) => offset <= last)),
      bounds: () => Promise.resolve({ low: 0n, end: 0n }),
    };
    const restored = { partition: 0, partitions: 1, entries: new Map<string, string>(), position: null };
    const partition = await framesTask({ definitions, versions }).open({ ...restored, spans, signal });
    const at = records.findIndex(({ key }, place) => place >= 40 && String(key).startsWith('s/'));
    await partition.process(records.slice(0, at));
    if (told) versions.announce('last-value-1');
    else versions.announced = { version: 'last-value-1', at: '1' };
    // All that can happen in memory without another frame.
    await new Promise(setImmediate);
    const next = await partition.process(records.slice(at, at + 1));
    expect(next.counts['forecasts']).toBe(1);
    expect(next.counts['switch']).toBe(told ? 1 : undefined);
    partition.close?.();
    const { loads } = versions;
    versions.announce('seasonal-naive-2');
    expect(versions.loads).toBe(loads);
  });

  test('newcomers of several streams read the log back one behind the other', async () => {
    const versions = new Versions();
    versions.champion = () => versions.announced;
    const log = frames(9, 600);
    let batches = 0;
    await pump(oneRangeAtATime(framesTask({ definitions, versions })), log, {
      batchSize: () => {
        if (++batches === 5) versions.announced = { version: 'last-value-1', at: '1' };
        return 20;
      },
    });
    const said = read<SwitchRecord>(log, 'models').map((one) => `${one.type} ${one.stream} ${one.partition}`);
    expect(said.sort()).toEqual(['switch other 0', 'switch other 1', 'switch s 0', 'switch s 1']);
  });

  test('a new owner whose table lags knows the version in force before it serves', async () => {
    const known = new Versions();
    known.announced = { version: 'last-value-1', at: '1' };
    const log = frames(10, 300);
    await pump(framesTask({ definitions, versions: known }), log, { batchSize: () => 10 });
    appendFrom(log, frames(10, 600));
    const lagging = new Versions();
    lagging.broken.add('last-value-1');
    lagging.catchUp = () => {
      lagging.announced = known.announced;
      lagging.broken.clear();
      return Promise.resolve();
    };
    const before = read(log, 'models').length;
    await pump(framesTask({ definitions, versions: lagging }), log);
    expect(read(log, 'models')).toHaveLength(before);
    const newest = read<Forecast>(log, 'forecasts').filter(({ stream }) => stream === 's');
    expect(newest.at(-1)?.model.version).toBe('last-value-1');
  });

  test('an outage while a newcomer is built refuses nothing and stops nothing: it is tried again', async () => {
    const versions = new Versions();
    versions.announced = { version: 'last-value-1', at: '1' };
    versions.outages = 2;
    const log = frames(11, 300);
    const { openings, counts } = await pump(framesTask({ definitions, versions }), log, {
      batchSize: () => 10,
    });
    expect(openings).toBe(2);
    expect(counts).toMatchObject({ switch: 2 });
    expect(counts).not.toHaveProperty('refusal');
  });

  test('a version in force that the store cannot give at a restart is waited for, not replaced', async () => {
    const versions = new Versions();
    versions.announced = { version: 'last-value-1', at: '1' };
    const log = frames(12, 300);
    const task = framesTask({ definitions, versions });
    await pump(task, log, { batchSize: () => 10 });
    const before = read<SwitchRecord>(log, 'models');
    expect(before.map(({ type }) => type)).toEqual(['switch', 'switch']);
    appendFrom(log, frames(12, 400));
    versions.outages = 1;
    await expect(pump(task, log)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', fate: 'retry' });
    await pump(task, log);
    expect(read(log, 'models')).toEqual(before);
    const newest = read<Forecast>(log, 'forecasts').filter(({ stream }) => stream === 's');
    expect(newest.at(-1)?.model.version).toBe('last-value-1');
  });

  test('a switch record of a topic that was begun anew fixes nothing', async () => {
    const versions = new Versions();
    const old = { type: 'switch', stream: 's', version: 'seasonal-naive-9', partitionTimeMs: 1 } as const;
    versions.fixed = [
      { ...old, partition: 0, frameOffset: '90' },
      { ...old, partition: 1, frameOffset: '50000' },
    ];
    versions.announced = { version: 'last-value-1', at: '1' };
    const log = frames(14, 600);
    await pump(framesTask({ definitions, versions }), log, { batchSize: () => 10 });
    const said = read<SwitchRecord>(log, 'models').map(({ partition, version }) => `${partition} ${version}`);
    expect(said).toEqual(['0 last-value-1', '1 last-value-1']);
  });
});
