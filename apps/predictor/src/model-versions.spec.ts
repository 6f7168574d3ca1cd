import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cmambaConfig, initialWeights, parameters, toArtifact } from '#cmamba';
import {
  judgedLeads,
  type ModelArtifact,
  type ModelRecord,
  modelRecordKey,
  RollcastError,
  StreamDefinition,
  type SwitchRecord,
} from '#contracts';
import { compiledExecutor } from '#compute';
import { FileSystemModelStore } from '#model-store';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ModelVersions } from './model-versions.js';
import type { Withdrawal } from './version-source.js';

const definition = StreamDefinition.parse({
  stream: 's',
  frequency: '1h',
  lookback: 8,
  horizon: 2,
  channels: [{ name: 'a' }],
});
const leads = judgedLeads(2);
const artifact: ModelArtifact = {
  format: 1,
  stream: 's',
  kind: 'last-value',
  channels: ['a'],
  frequencyMs: 3_600_000,
  lookback: 8,
  horizon: 2,
  season: 24,
  scale: { mean: [0], deviation: [1] },
  intervals: { leads, lower: [[-1, -1]], upper: [[1, 1]] },
  network: null,
  rates: null,
  training: { seed: 1, ranges: [], epochs: 0, selectedEpoch: null, steps: 0, validation: [] },
  score: { mae: 1, mse: 1, coverage: 0.9, skill: null, truths: 1 },
  weights: null,
};

let root: string;
let versions: ModelVersions;
let unreadable: string[];
let waiting: string[];
let reads: number;
/** So many of the first reads fail. */
let outage: number;
/** The store does not answer at all. */
let hangs: boolean;
const take = (record: ModelRecord) =>
  versions.take(modelRecordKey(record), Buffer.from(JSON.stringify(record)));

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rollcast-versions-'));
  const store = new FileSystemModelStore(root);
  unreadable = [];
  waiting = [];
  outage = 0;
  hangs = false;
  reads = 0;
  versions = new ModelVersions({
    store: {
      read: (reference) => {
        reads += 1;
        if (hangs) return new Promise(() => undefined);
        if (reads > outage) return store.read(reference);
        return Promise.reject(new RollcastError('STORE_UNAVAILABLE', { artifact: 'it', problem: 'EIO' }));
      },
    },
    get loadWithinMs() {
      return hangs ? 20 : 60_000;
    },
    executor: compiledExecutor(),
    onWaiting: (stream, version, problem) => waiting.push(`${stream} ${version} ${problem}`),
    onUnreadable: (key, problem) => unreadable.push(`${key}: ${problem}`),
    catchUp: () => Promise.resolve(),
  });
});
afterEach(() => rm(root, { recursive: true }));

async function announce(
  change: Partial<ModelArtifact> = {},
  tensors: ReturnType<typeof toArtifact> = new Map(),
): Promise<string> {
  const { version, name, sha256 } = await new FileSystemModelStore(root).write(
    { ...artifact, ...change },
    tensors,
  );
  take({
    type: 'version',
    stream: 's',
    version,
    kind: 'last-value',
    verdict: 'promoted',
    reason: '',
    artifact: { name, sha256 },
    trainedOn: [],
    framesUntil: '2020-01-01T00:00:00Z',
    seed: 1,
    scores: {},
    job: null,
    createdAt: '2020-01-01T00:00:00Z',
  });
  return version;
}

describe('model versions', () => {
  test('are loaded once for all partitions and freed when the last one lets go', async () => {
    const version = await announce();
    const [one, two] = [await versions.load(definition, version), await versions.load(definition, version)];
    expect(one.forecaster).toBe(two.forecaster);
    expect(reads).toBe(1);
    await one.release?.();
    await one.release?.();
    expect((await versions.load(definition, version)).forecaster).toBe(two.forecaster);
    await two.release?.();
    expect(reads).toBe(1);
  });

  test('count as not to be had where the store hangs, and are asked for again', async () => {
    const version = await announce();
    hangs = true;
    const failure = { code: 'STORE_UNAVAILABLE', fate: 'retry' };
    await expect(versions.load(definition, version)).rejects.toMatchObject(failure);
    expect(waiting).toHaveLength(1);
    hangs = false;
    expect((await versions.load(definition, version)).version).toBe(version);
  });

  test('that do not fit the stream, or look further back than its log is kept, are refused', async () => {
    const shape = {
      channels: 1,
      lookback: 8,
      horizon: 2,
      dModel: 8,
      dInner: 8,
      dState: 4,
      dtRank: 2,
      blocks: 1,
    };
    const network = cmambaConfig('small', { ...shape, memory: 96 });
    const list = parameters(network);
    const path = new Float32Array(list.find(({ init }) => init.kind === 'given')?.length ?? 0);
    const tensors = toArtifact(
      list,
      initialWeights(network, () => 0.5, path),
    );
    for (const [change, problem] of [
      [{ season: 168 }, "its season is 168, the stream's is 24"],
      [{ kind: 'cmamba', network }, 'it looks 776 grid steps back, the stream keeps 672'],
      [{ horizon: 3 }, "its horizon is 3, the stream's is 2"],
    ] as const) {
      await expect(versions.load(definition, await announce(change, tensors))).rejects.toMatchObject({
        code: 'VERSION_REFUSED',
        message: expect.stringContaining(problem) as string,
      });
    }
  });

  test('that were refused, or are not there, may be tried again', async () => {
    const version = await announce({ horizon: 3 });
    await expect(versions.load(definition, version)).rejects.toThrow();
    await expect(versions.load(definition, version)).rejects.toThrow();
    expect(reads).toBe(2);
    await expect(versions.load(definition, 'ridge-0')).rejects.toMatchObject({ code: 'NO_SUCH_VERSION' });
  });

  test('that wait for the store are told of once, and are there when it is', async () => {
    const version = await announce();
    outage = 2;
    for (let time = 0; time < outage; time++)
      await expect(versions.load(definition, version)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(waiting).toEqual([
      expect.stringMatching(new RegExp(`^s ${version} STORE_UNAVAILABLE: .*EIO`)) as string,
    ]);
    expect((await versions.load(definition, version)).version).toBe(version);
  });

  test('tell of a champion as it is announced, as long as somebody listens', () => {
    const told: string[] = [];
    const end = versions.onAnnounced((stream) =>
      told.push(`${stream} ${versions.champion(stream)?.version}`),
    );
    const champion = { type: 'champion', stream: 's', by: 'gate', reason: '', createdAt: 'then' } as const;
    take({ ...champion, version: 'ridge-1' });
    end();
    take({ ...champion, version: 'ridge-2' });
    expect(told).toEqual(['s ridge-1']);
  });

  test('know the champion and, in order, the switches of each partition', () => {
    expect(versions.champion('s')).toBeNull();
    take({ type: 'champion', stream: 's', version: 'ridge-1', by: 'gate', reason: '', createdAt: 'then' });
    expect(versions.champion('s')).toEqual({ version: 'ridge-1', at: 'then' });
    for (const [partition, frameOffset] of [
      [0, '100'],
      [0, '20'],
      [1, '5'],
    ] as const) {
      take({ type: 'switch', stream: 's', partition, version: 'ridge-1', frameOffset, partitionTimeMs: 0 });
    }
    expect(versions.switches('s', 0).map(({ frameOffset }) => frameOffset)).toEqual(['20', '100']);
    expect(versions.switches('s', 2)).toEqual([]);
  });

  test('know the switches in the order of the frames, one a frame, however they come', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.nat(99))), (records) => {
        versions = new ModelVersions({} as never);
        const latest = new Map<number, number>();
        for (const [frameOffset, partitionTimeMs] of records) {
          latest.set(frameOffset, partitionTimeMs);
          const fixed = { stream: 's', partition: 0, version: 'ridge-1', frameOffset: String(frameOffset) };
          take({ type: 'switch', ...fixed, partitionTimeMs });
        }
        const expected = [...latest].sort(([a], [b]) => a - b);
        const known = versions.switches('s', 0);
        expect(known.map((one) => [Number(one.frameOffset), one.partitionTimeMs])).toEqual(expected);
      }),
    );
  });

  test('remember what was withdrawn from a partition, and who serves there instead', () => {
    const fixed = (version: string, frameOffset: string): SwitchRecord => {
      return { type: 'switch', stream: 's', partition: 1, version, frameOffset, partitionTimeMs: 0 };
    };
    const withdrawn = (version: string, instead: string): Withdrawal => {
      const refusal = { type: 'refusal', stream: 's', partition: 1, version, problem: 'NaN' } as const;
      return { refusal, instead: fixed(instead, '50') };
    };
    for (const record of [fixed('ridge-1', '20'), fixed('ridge-2', '90')]) take(record);
    const both = [withdrawn('ridge-1', 'cmamba-0'), withdrawn('cmamba-0', 'kalman-0')];
    for (const one of both) versions.withdraw(one);
    expect(versions.withdrawals('s', 1)).toEqual(both);
    expect(versions.withdrawals('s', 0)).toEqual([]);
    // What was refused is known from the log as well, a partition each.
    const said = { type: 'refusal', stream: 's', version: 'ridge-9', problem: 'torn' } as const;
    take({ ...said, partition: 1, announcedAt: 'then' });
    take({ ...said, partition: 2 });
    const refused = versions.refusals('s', 1);
    expect(refused.map(({ version }) => version).sort()).toEqual(['cmamba-0', 'ridge-1', 'ridge-9']);
    expect(refused.find(({ version }) => version === 'ridge-9')?.announcedAt).toBe('then');
    expect(versions.switches('s', 1).map(({ version }) => version)).toEqual([
      'ridge-1',
      'kalman-0',
      'ridge-2',
    ]);
    // What the log says of the same frame in the end is the same record.
    take(fixed('kalman-0', '50'));
    expect(versions.switches('s', 1)).toHaveLength(3);
  });

  test('tell of a record that cannot be read, and go on', () => {
    versions.take('s/champion', Buffer.from('{'));
    versions.take('s/other', Buffer.from('{"type":"what"}'));
    versions.take('s/champion', null);
    expect(unreadable).toHaveLength(2);
  });
});
