/** @file Model versions for tests that need no training: artifacts by hand, put into a store and announced as the trainer
 *  announces its own.
 *
 *  Law: the same definition and seed give the same bytes, so the same version name. */
import { type CmambaConfig, cmambaConfig, initialWeights, parameters, toArtifact } from '#cmamba';
import {
  durationMs,
  judgedLeads,
  type ModelArtifact,
  type ModelKind,
  type ModelRecord,
  modelRecordKey,
  type StreamDefinition,
} from '#contracts';
import { seededRandom } from '#kafka/testing';
import { FileSystemModelStore, type StoredArtifact } from '#model-store';
import type { BrokerWorld } from './broker-world.js';

/** An artifact without weights: last value and seasonal naive need none. */
export function plainVersion(definition: StreamDefinition, kind: ModelKind): StoredArtifact {
  const { stream, channels, frequency, lookback, horizon, season } = definition;
  const leads = judgedLeads(horizon);
  const offsets = (sign: number) => channels.map(() => leads.map((lead) => sign * Math.sqrt(lead)));
  const artifact: ModelArtifact = {
    format: 1,
    stream,
    kind,
    channels: channels.map(({ name }) => name),
    frequencyMs: durationMs(frequency),
    lookback,
    horizon,
    season,
    scale: { mean: channels.map(() => 0), deviation: channels.map(() => 5) },
    intervals: { leads, lower: offsets(-1), upper: offsets(1) },
    network: null,
    rates: null,
    training: { seed: 1, ranges: [], epochs: 0, selectedEpoch: null, steps: 0, validation: [] },
    score: { mae: 1, mse: 1, coverage: 0.9, skill: null, truths: 1 },
    weights: null,
  };
  return { artifact, tensors: new Map() };
}

/** A network as it is before it has learned anything: small, recurrent, and its answer depends on all of its context.
 *  @param fill instead of a weight; for example NaN */
export function tinyNetwork(definition: StreamDefinition, seed: number, fill?: number): StoredArtifact {
  const { channels, lookback, horizon } = definition;
  const sizes = { stride: 4, memory: 8, dModel: 16, dInner: 16, dState: 4, dtRank: 4, blocks: 2 };
  const config: CmambaConfig = cmambaConfig('small', {
    ...sizes,
    channels: channels.length,
    lookback,
    horizon,
  });
  const list = parameters(config);
  const random = seededRandom(seed);
  const linearPath = list.find(({ init }) => init.kind === 'given');
  const path = Float32Array.from({ length: linearPath?.length ?? 0 }, () => (random() - 0.5) / lookback);
  const weights = initialWeights(config, random, path);
  if (fill !== undefined) weights.fill(fill);
  const { artifact } = plainVersion(definition, 'cmamba');
  const network = { ...sizes, reduction: config.reduction };
  return { artifact: { ...artifact, network }, tensors: toArtifact(list, weights) };
}

/** A network with an embedding so large that its answer is finite, until a spike leaves its lookback: then it overflows. */
export function fragileNetwork(definition: StreamDefinition): StoredArtifact {
  const { artifact, tensors } = tinyNetwork(definition, 5);
  const name = 'patch_embedding.value_embedding.weight';
  const embedding = tensors.get(name);
  if (embedding === undefined) throw new Error(`the network has no ${name}`);
  const values = embedding.values.map((weight) => weight * 1e38);
  return { artifact, tensors: new Map([...tensors, [name, { ...embedding, values }]]) };
}

/** Writes it to the store and announces it, version first, then the champion.
 *  @param between what happens to the artifact before it is announced, given its name
 *  @returns the names of the version and of its artifact */
export async function announce(
  world: BrokerWorld,
  folder: string,
  stored: StoredArtifact,
  between: (artifact: string) => Promise<void> = () => Promise.resolve(),
): Promise<{ readonly version: string; readonly artifact: string }> {
  const { stream, kind } = stored.artifact;
  const { name, sha256, version } = await new FileSystemModelStore(folder).write(
    stored.artifact,
    stored.tensors,
  );
  await between(name);
  await announceAs(world, { stream, kind, version, artifact: { name, sha256 } });
  return { version, artifact: name };
}

/** The two records of a version that lies in the store, or does not. */
export async function announceAs(
  world: BrokerWorld,
  { stream, kind, version, artifact }: VersionOfStore,
): Promise<void> {
  const createdAt = new Date().toISOString();
  await send(world, {
    type: 'version',
    stream,
    version,
    kind,
    verdict: 'promoted',
    reason: 'for this test',
    artifact,
    trainedOn: [],
    framesUntil: createdAt,
    seed: 1,
    scores: {},
    job: null,
    createdAt,
  });
  await putInCharge(world, stream, version);
}

/** The record of a champion; of its version nothing is said. */
export async function putInCharge(world: BrokerWorld, stream: string, version: string): Promise<void> {
  const createdAt = new Date().toISOString();
  await send(world, { type: 'champion', stream, version, by: 'gate', reason: 'for this test', createdAt });
}

async function send(world: BrokerWorld, record: ModelRecord): Promise<void> {
  await world.send([{ topic: 'models', key: modelRecordKey(record), value: JSON.stringify(record) }]);
}

export interface VersionOfStore {
  readonly stream: string;
  readonly kind: ModelKind;
  readonly version: string;
  readonly artifact: { readonly name: string; readonly sha256: string };
}
