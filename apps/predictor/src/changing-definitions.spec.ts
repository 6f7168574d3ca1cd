/** @file Definitions that change, go and come back while the predictor serves: what it makes of them depends on the log
 *  and on the batches' beginnings, not on when a process was started. */
import { type Forecast, StreamDefinition, type SwitchRecord } from '#contracts';
import { expectSameUnderAnyCut, firstDifference, InMemoryLog, pump } from '#kafka/testing';
import { describe, expect, test } from 'vitest';
import { framesTask } from './frames.task.js';
import { definition, definitions, frames, HOUR, OUTPUTS, read, Versions } from './testing/frames-world.js';

/** The definitions of the other specs, where `s` may be changed or taken away. */
class Changing {
  current: StreamDefinition | null = definition;
  readonly get = (stream: string) => (stream === 's' ? this.current : definitions.get(stream));
  catchUp(): Promise<void> {
    return Promise.resolve();
  }
}

/** Frames of one series, one an hour. */
function append(log: InMemoryLog, stream: string, from: number, to: number): void {
  for (let hour = from; hour < to; hour++) {
    log.time = hour * HOUR;
    const time = new Date(hour * HOUR).toISOString();
    const value = JSON.stringify({ stream, series: 'x', time, values: { a: hour % 7, b: 1 } });
    log.append({ topic: 'frames', partition: 0, key: `${stream}/x`, value });
  }
}

describe('a definition that changes', () => {
  test('in the middle of a batch loses no frame of it', async () => {
    // Every look at the log brings a definition that says the same in other words.
    const changing = () => {
      const source = new Changing();
      let looks = 0;
      source.catchUp = async () => {
        await new Promise(setImmediate);
        source.current = StreamDefinition.parse({ ...definition, lateness: `${++looks}s` });
      };
      return source;
    };
    const input = frames(41, 1000);
    const made = () => framesTask({ definitions: changing(), versions: new Versions() });
    await expectSameUnderAnyCut(made, input, { topics: OUTPUTS, runs: 6, deathRate: 0.03 });
  });

  test('has its say at once for the same grid; for another everything begins anew, and is said', async () => {
    const changing = new Changing();
    const versions = new Versions();
    versions.announced = { version: 'last-value-1', at: '1' };
    const log = new InMemoryLog(2);
    const task = framesTask({ definitions: changing, versions });
    append(log, 's', 400, 420);
    await pump(task, log, { batchSize: () => 5 });
    changing.current = StreamDefinition.parse({ ...definition, every: 2 });
    append(log, 's', 420, 430);
    await pump(task, log);
    expect(read<Forecast>(log, 'forecasts')).toHaveLength(25);
    versions.announced = null;
    append(log, 's', 430, 433);
    let changed = false;
    await pump(task, log, {
      batchSize: () => {
        if (changed) changing.current = StreamDefinition.parse({ ...definition, channels: [{ name: 'a' }] });
        changed = true;
        return 1;
      },
    });
    const anew = read<Forecast>(log, 'forecasts').slice(-2);
    expect(anew.map(({ channels }) => Object.keys(channels))).toEqual([['a'], ['a']]);
    const said = read<SwitchRecord>(log, 'models').map(({ type, version }) => `${type} ${version}`);
    expect(said).toEqual(['switch last-value-1', 'switch kalman-0']);
  });

  test('right behind a commit whose marker is on its way misses none of its forecasts', async () => {
    const evaluations = async (looksBefore: number) => {
      const changing = new Changing();
      const base = framesTask({ definitions: changing, versions: new Versions() });
      const log = new InMemoryLog(1);
      append(log, 's', 400, 460);
      let open: { from: bigint | null; looks: number } = { from: null, looks: 0 };
      const task: typeof base = {
        ...base,
        open: async (restored) => {
          const { spans } = restored;
          const isOpen = (topic: string) =>
            topic === 'forecasts' && open.from !== null && open.looks < looksBefore;
          const bounds: typeof spans.bounds = async (topic) => {
            const found = await spans.bounds(topic);
            if (!isOpen(topic)) return found;
            open.looks += 1;
            return { ...found, end: open.from as bigint };
          };
          const readStable: typeof spans.read = (span, take) => {
            const from = isOpen(span.topic) ? open.from : null;
            return spans.read(span, (found) =>
              take(found.filter(({ offset }) => from === null || offset < from)),
            );
          };
          const partition = await base.open({ ...restored, spans: { bounds, read: readStable } });
          return {
            process: (batch) => partition.process(batch),
            reject: (record, error) => partition.reject(record, error),
            committed: (written) => {
              open = { from: written.find(({ topic }) => topic === 'forecasts')?.first ?? null, looks: 0 };
              partition.committed?.(written);
            },
          };
        },
      };
      let batches = 0;
      await pump(task, log, {
        batchSize: () => {
          if (++batches === 4)
            changing.current = StreamDefinition.parse({ ...definition, expireAfter: '30h' });
          return 10;
        },
      });
      return log.read('evaluations', 0).map(({ value }) => String(value));
    };
    expect(await evaluations(3)).toEqual(await evaluations(0));
  });

  test('takes along what was found of versions meanwhile: a refusal is said once and not tried again', async () => {
    const changing = new Changing();
    const versions = new Versions();
    versions.broken.add('last-value-1');
    const log = new InMemoryLog(2);
    let batches = 0;
    append(log, 's', 400, 440);
    await pump(framesTask({ definitions: changing, versions }), log, {
      batchSize: () => {
        // Announced in the silence between two batches; the definition changes in the same silence.
        if (++batches === 10) versions.announce('last-value-1');
        if (batches >= 10)
          changing.current = StreamDefinition.parse({ ...definition, lateness: `${batches}s` });
        return 1;
      },
    });
    expect(read<SwitchRecord>(log, 'models').map(({ type }) => type)).toEqual(['refusal']);
    expect(versions.loads).toBe(1);
  });

  test('takes along that the log does not know yet who serves', async () => {
    const changing = new Changing();
    const versions = new Versions();
    const log = new InMemoryLog(2);
    append(log, 's', 400, 420);
    versions.announced = { version: 'last-value-1', at: '1' };
    const task = framesTask({ definitions: changing, versions });
    await pump(task, log, { batchSize: () => 1 });
    // The version is lost: found at the opening, to be said with the next frame of the stream.
    versions.broken.add('last-value-1');
    append(log, 'other', 420, 421);
    append(log, 's', 421, 423);
    await pump(task, log, {
      batchSize: () => {
        changing.current = StreamDefinition.parse({ ...definition, lateness: '9s' });
        return 1;
      },
    });
    const said = read<SwitchRecord>(log, 'models').map(({ type, version }) => `${type} ${version}`);
    expect(said).toEqual(['switch last-value-1', 'refusal last-value-1', 'switch kalman-0']);
  });
});

describe('a stream that was deleted and defined again', () => {
  /** Twenty frames, the deletion, perhaps frames of another stream, the definition, and frames that overlap the first.
   *  @param restarted a process begins when the stream is deleted */
  const course = async (between: boolean, restarted: boolean) => {
    const changing = new Changing();
    const versions = new Versions();
    versions.announced = { version: 'last-value-1', at: '1' };
    let held = 0;
    const load = versions.load.bind(versions);
    versions.load = async (of, version) => {
      const model = await load(of, version);
      held += 1;
      return { ...model, release: () => Promise.resolve(void (held -= 1)) };
    };
    const log = new InMemoryLog(2);
    append(log, 's', 400, 420);
    if (between) append(log, 'other', 420, 424);
    append(log, 's', 410, 430);
    let done = 0;
    const heldInSilence: number[] = [];
    const again = () => (changing.current = StreamDefinition.parse({ ...definition }));
    await pump(framesTask({ definitions: changing, versions }), log, {
      partitions: [0],
      batchSize: () => 1,
      kill: (moment) => {
        if (moment === 'committed') done += 1;
        const deleted = moment === 'committed' && done === 20;
        if (deleted) changing.current = null;
        const opened = moment === 'opened' && done === 20;
        if (!between && (restarted ? opened : deleted)) again();
        if (between && moment === 'committed' && done === 24) {
          heldInSilence.push(held);
          again();
        }
        return deleted && restarted;
      },
    });
    return { log, heldInSilence };
  };
  const late = (log: InMemoryLog) => log.read('frames.dead', 0).length;

  test('goes on where no batch came between, restart or no restart', async () => {
    const [lived, restarted] = [await course(false, false), await course(false, true)];
    expect(firstDifference(lived.log, restarted.log, OUTPUTS)).toBeNull();
    expect(late(lived.log)).toBe(10);
  });

  test('begins anew where a batch found it undefined, restart or no restart', async () => {
    const [lived, restarted] = [await course(true, false), await course(true, true)];
    expect(firstDifference(lived.log, restarted.log, OUTPUTS)).toBeNull();
    expect(late(lived.log)).toBe(0);
  });

  test('is forgotten in between: its states, its model, and in the changelog', async () => {
    const { log, heldInSilence } = await course(true, false);
    expect(heldInSilence).toEqual([0]);
    const records = log.read('predictor.state', 0).map(({ key, value }) => `${String(key)} ${String(value)}`);
    const tombstone = records.indexOf('s/x null');
    expect(tombstone).toBeGreaterThan(0);
    expect(records.slice(tombstone).find((text) => text.includes('"inForce"'))).toContain('"inForce":{}');
  });
});

test('a new owner whose table of definitions lags forgets no stream that is not deleted', async () => {
  const log = new InMemoryLog(1);
  append(log, 's', 400, 430);
  await pump(framesTask({ definitions, versions: new Versions() }), log);
  const undisturbed = log.copy();
  let isCaughtUp = false;
  const lagging = {
    get: (stream: string) => (isCaughtUp || stream !== 's' ? definitions.get(stream) : null),
    catchUp: () => Promise.resolve(void (isCaughtUp = true)),
  };
  for (const [one, source] of [
    [log, lagging],
    [undisturbed, definitions],
  ] as const) {
    // The first batch is of another stream.
    append(one, 'other', 430, 431);
    append(one, 's', 431, 435);
    await pump(framesTask({ definitions: source, versions: new Versions() }), one, { batchSize: () => 1 });
  }
  expect(firstDifference(undisturbed, log, OUTPUTS)).toBeNull();
});
