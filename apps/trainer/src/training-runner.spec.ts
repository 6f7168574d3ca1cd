import { beforeEach, describe, expect, test } from 'vitest';
import {
  type ModelArtifact,
  type ModelKind,
  modelRecordKey,
  type ModelRecord,
  MODEL_KINDS,
  RollcastError,
  type Score,
  StreamDefinition,
  type VersionRecord,
} from '#contracts';
import type { FittedVersion } from '#engine';
import type { ModelStore, StoredArtifact } from '#model-store';
import { ModelTable } from './model-table.js';
import type { RefitOrder, ThreadRefit } from './thread-messages.js';
import { trainingRunner } from './training-runner.js';

const stream = StreamDefinition.parse({ stream: 'a', channels: [{ name: 't' }], frequency: '1h' });
const score = (mae: number): Score => ({ mae, mse: mae, coverage: 0.9, skill: 0, truths: 100 });

/** Artifacts by name; what is done to them is also written in one list with what is sent. */
class World {
  readonly done: string[] = [];
  readonly artifacts = new Map<string, StoredArtifact>();
  readonly checkpoints = new Map<string, Buffer>();
  readonly entries = new Map<string, Buffer>();
  readonly troubles: string[] = [];
  readonly orders: RefitOrder[] = [];
  /** MAE of each fitted kind, and of the champion; the cold start has 0.5. */
  maes: Record<ModelKind, number> = {
    'last-value': 0.9,
    'seasonal-naive': 0.8,
    ridge: 0.45,
    kalman: 0.6,
    cmamba: 0.4,
  };
  championMae = 0.5;
  championLoads = true;
  storeAnswers = true;
  networkTrouble: string | null = null;
  /** What happens while the thread computes. */
  meanwhile: () => void = () => undefined;
  /** Fails instead of doing the n-th thing (from 0). */
  crashAt = Infinity;

  readonly store: ModelStore = {
    write: async ({ kind, training }, tensors) => {
      const version = `${kind}-${training.seed}`;
      this.#do(`artifact ${version}`);
      this.artifacts.set(version, { artifact: { kind } as ModelArtifact, tensors });
      return { name: version, sha256: 'h', version };
    },
    read: async ({ name }) => {
      if (!this.storeAnswers)
        throw new RollcastError('STORE_UNAVAILABLE', { artifact: name, problem: 'EIO' });
      const stored = this.artifacts.get(name);
      if (stored === undefined) {
        throw new RollcastError('ARTIFACT_BROKEN', { artifact: name, problem: 'gone' });
      }
      return stored;
    },
    readCheckpoint: async (job) => this.checkpoints.get(job) ?? null,
    writeCheckpoint: async (job, bytes) => void this.checkpoints.set(job, bytes),
    removeCheckpoint: async (job) => {
      this.#do(`forget ${job}`);
      this.checkpoints.delete(job);
    },
  };

  readonly models = new ModelTable(
    {
      get: (key) => this.entries.get(key),
      entries: () => this.entries,
      catchUp: async () => undefined,
    },
    {
      send: async (records) => {
        for (const { key, value } of records) {
          this.#do(String(key));
          this.entries.set(String(key), Buffer.from(String(value)));
        }
      },
    },
  );

  put(record: ModelRecord): void {
    this.entries.set(modelRecordKey(record), Buffer.from(JSON.stringify(record)));
  }

  train(job = 'j', seed = 1) {
    const run = trainingRunner({
      openFrames: () => ({
        bounds: async () => [{ partition: 0, low: 0n, end: 0n }],
        range: async function* () {},
        close: async () => undefined,
      }),
      models: this.models,
      store: this.store,
      refit: async (order, { writeCheckpoint }) => {
        this.orders.push(order);
        await writeCheckpoint(Buffer.from('weights'));
        this.meanwhile();
        return this.#refit(order);
      },
      now: () => Date.UTC(2026, 0, 1),
      onTrouble: (what) => this.troubles.push(what),
    });
    return run({
      job,
      stream,
      seed,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
  }

  #do(what: string): void {
    if (this.done.length === this.crashAt) throw new Error('killed here');
    this.done.push(what);
  }

  #refit({ champion, seed }: RefitOrder): ThreadRefit {
    const fitted = MODEL_KINDS.map((kind): FittedVersion => {
      const artifact = { kind, score: score(this.maes[kind]), training: { seed } } as ModelArtifact;
      return { artifact, tensors: new Map() };
    });
    const version = champion?.version ?? 'kalman-0';
    const kind = champion?.stored.artifact.kind ?? 'kalman';
    const problem = { code: 'VERSION_REFUSED', details: { problem: 'no' }, stack: '' } as const;
    return {
      fitted,
      origins: [],
      champion: this.championLoads ? { version, kind, score: score(this.championMae) } : null,
      championProblem: this.championLoads ? null : problem,
      networkTrouble: this.networkTrouble,
      framesUntil: '2026-01-01T00:00:00.000Z',
      seconds: { history: 0, baselines: 1, training: 2, judging: 3, storing: 4 },
    };
  }

  version(name: string): VersionRecord | null {
    return this.models.version('a', name);
  }
}

let world: World;
beforeEach(() => void (world = new World()));

describe('a challenger that is better', () => {
  test('serves: its artifact, then its version, then the champion, then the checkpoints go', async () => {
    expect(await world.train()).toMatchObject({ promoted: true, version: 'cmamba-1', kind: 'cmamba' });
    expect(world.done).toEqual([
      'artifact cmamba-1',
      'a/version/cmamba-1',
      'a/champion',
      'forget j',
      'forget j.ranges',
    ]);
    expect(world.models.champion('a')).toMatchObject({ version: 'cmamba-1', by: 'gate' });
    expect(world.checkpoints.size).toBe(0);
  });

  test('serves beside a network whose error is no number: of that nothing is written', async () => {
    world.maes.cmamba = NaN;
    expect(await world.train()).toMatchObject({ promoted: true, version: 'ridge-1' });
    expect(world.done.filter((what) => what.includes('cmamba'))).toEqual([]);
    expect(world.version('ridge-1')?.scores).not.toHaveProperty('cmamba');
  });

  test('says what went wrong with the network', async () => {
    world.networkTrouble = 'the loss of its training step 7 is Infinity';
    world.maes.ridge = 0.3;
    const { reason } = (await world.train()) ?? {};
    expect(reason).toContain('cmamba 0.4000 [the loss of its training step 7 is Infinity]');
    expect(world.version('cmamba-1')?.reason).toBe(reason);
  });

  test('that is not CMamba serves, and CMamba is kept as rejected', async () => {
    world.maes.ridge = 0.3;
    expect(await world.train()).toMatchObject({ promoted: true, version: 'ridge-1' });
    expect(world.version('ridge-1')).toMatchObject({ verdict: 'promoted', job: 'j' });
    expect(world.version('cmamba-1')).toMatchObject({ verdict: 'rejected' });
    expect(world.version('cmamba-1')?.scores).toMatchObject({
      ridge: score(0.3),
      cmamba: score(0.4),
      champion: score(0.5),
    });
  });
});

describe('a champion that is not beaten', () => {
  test('stays: the cold start too', async () => {
    world.championMae = 0.1;
    const verdict = await world.train();
    expect(verdict).toMatchObject({ promoted: false, version: 'kalman-0', kind: 'kalman' });
    expect(verdict?.reason).toContain('kalman-0 (0.1000) stays');
    expect(world.models.champion('a')).toBeNull();
    expect(world.version('cmamba-1')?.verdict).toBe('rejected');
  });

  test('keeps its record when the same training comes out again', async () => {
    await world.train('first');
    world.championMae = 0.4;
    expect(await world.train('second')).toMatchObject({ promoted: false, version: 'cmamba-1' });
    expect(world.version('cmamba-1')).toMatchObject({ verdict: 'promoted', job: 'first' });
    expect(world.orders[1]?.champion?.version).toBe('cmamba-1');
  });

  test('may be the cold start, gone back to by hand: no artifact is looked for', async () => {
    await world.train('first');
    world.put({
      type: 'champion',
      stream: 'a',
      version: 'kalman-0',
      by: 'person',
      reason: 'r',
      createdAt: 'now',
    });
    world.championMae = 0.1;
    expect(await world.train('second', 2)).toMatchObject({ promoted: false, version: 'kalman-0' });
    expect(world.orders[1]?.champion).toBeNull();
    expect(world.troubles).toEqual([]);
  });

  test('gives way when it cannot be read or does not load, and that is told', async () => {
    await world.train('first');
    world.championMae = 0.01;
    world.artifacts.clear();
    expect(await world.train('second', 2)).toMatchObject({ promoted: true, version: 'cmamba-2' });
    world.championLoads = false;
    expect(await world.train('third', 3)).toMatchObject({ promoted: true, version: 'cmamba-3' });
    expect(world.troubles).toHaveLength(2);
    expect(world.version('cmamba-3')?.scores).not.toHaveProperty('champion');
  });

  test('stays while the store does not answer: the training waits, and judges it later', async () => {
    await world.train('first');
    world.championMae = 0.01;
    world.storeAnswers = false;
    await expect(world.train('second', 2)).rejects.toMatchObject({ fate: 'retry' });
    expect(world.models.champion('a')).toMatchObject({ version: 'cmamba-1' });
    world.storeAnswers = true;
    expect(await world.train('second', 2)).toMatchObject({ promoted: false, version: 'cmamba-1' });
    expect(world.troubles).toEqual([]);
  });
});

describe('a training that is cut off between two of its records', () => {
  test.each([0, 1, 2, 3, 4])('after %d of them: done again it comes to the same end', async (crashAt) => {
    const undisturbed = new World();
    const expected = await undisturbed.train();
    world.crashAt = crashAt;
    await expect(world.train()).rejects.toThrow('killed here');
    world.crashAt = Infinity;
    // It judges itself now, where it has come so far: no reason to answer otherwise.
    if (world.models.champion('a') !== null) world.championMae = 0.4;
    expect(await world.train()).toEqual(expected);
    expect(world.entries).toEqual(undisturbed.entries);
    expect(world.checkpoints.size).toBe(0);
  });
});

describe('a champion that somebody chooses while the training runs', () => {
  const chosen = (version: string): void => {
    world.artifacts.set(version, { artifact: { kind: 'ridge' } as ModelArtifact, tensors: new Map() });
    world.put({
      ...(world.version('cmamba-1') as VersionRecord),
      version,
      kind: 'ridge',
      artifact: { name: version, sha256: 'h' },
    });
    world.put({ type: 'champion', stream: 'a', version, by: 'person', reason: 'r', createdAt: 'now' });
  };

  test('is the one that the challenger is judged against, from the checkpoint', async () => {
    await world.train('first');
    world.meanwhile = () => {
      world.meanwhile = () => undefined;
      world.championMae = 0.2;
      chosen('ridge-77');
    };
    expect(await world.train('second', 2)).toMatchObject({ promoted: false, version: 'ridge-77' });
    expect(world.orders.slice(1).map(({ champion }) => champion?.version)).toEqual(['cmamba-1', 'ridge-77']);
    expect(world.orders[2]?.checkpoint).not.toBeNull();
    expect(world.models.champion('a')?.by).toBe('person');
  });
});

test('a record that is none is told once and passed over', () => {
  const told: string[] = [];
  const entries = new Map([
    ['a/champion', Buffer.from('no JSON')],
    ['a/version/x-1', Buffer.from('{"type":"version"}')],
    ['ab/champion', Buffer.from('not asked for')],
  ]);
  const table = new ModelTable(
    { get: (key) => entries.get(key), entries: () => entries, catchUp: async () => undefined },
    { send: async () => undefined },
    (key) => told.push(key),
  );
  expect([...table.records('a')]).toEqual([]);
  expect([...table.records('a')]).toEqual([]);
  expect(told).toEqual(['a/champion', 'a/version/x-1']);
});
