import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelArtifact } from '#contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileSystemModelStore } from './file-system-store.js';
import type { ModelStore } from './model-store.js';

const artifact: ModelArtifact = {
  format: 1,
  stream: 'weather',
  kind: 'ridge',
  channels: ['a'],
  frequencyMs: 3_600_000,
  lookback: 2,
  horizon: 1,
  season: null,
  scale: { mean: [0.1], deviation: [1 / 3] },
  intervals: { leads: [1], lower: [[-1]], upper: [[1]] },
  network: null,
  rates: null,
  training: { seed: 1, ranges: [], epochs: 0, selectedEpoch: null, steps: 0, validation: [] },
  score: { mae: 0.4, mse: 0.3, coverage: 0.9, skill: null, truths: 10 },
  weights: null,
};
const tensors = new Map([['linear.weight', { shape: [1, 2], values: Float32Array.of(0.25, 0.75) }]]);

let parent: string;
let root: string;
let store: ModelStore;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rollcast-store-'));
  root = join(parent, 'store');
  store = new FileSystemModelStore(root);
});
afterEach(() => rm(parent, { recursive: true }));

describe('a model store', () => {
  test('gives back what was written, under a name that its content makes', async () => {
    const reference = await store.write(artifact, tensors);
    expect(reference.version).toBe(`ridge-${reference.sha256.slice(0, 12)}`);
    const read = await store.read(reference);
    expect(read.tensors).toEqual(tensors);
    expect({ ...read.artifact, weights: null }).toEqual(artifact);
    expect(await store.write(artifact, tensors)).toEqual(reference);
    const other = new Map([['linear.weight', { shape: [1, 2], values: Float32Array.of(0.25, 0.5) }]]);
    expect((await store.write(artifact, other)).version).not.toBe(reference.version);
  });

  test('keeps a kind without weights as its JSON alone', async () => {
    const reference = await store.write({ ...artifact, kind: 'last-value' }, new Map());
    expect((await store.read(reference)).tensors.size).toBe(0);
    expect(await readdir(join(root, reference.name))).toEqual(['artifact.json']);
  });

  test.each([
    ['weights that were changed', 'weights.safetensors', (bytes: Buffer) => bytes.fill(7, bytes.length - 4)],
    ['weights that are torn', 'weights.safetensors', (bytes: Buffer) => bytes.subarray(0, bytes.length - 3)],
    [
      'JSON that was changed',
      'artifact.json',
      (bytes: Buffer) => Buffer.from(bytes.toString().replace('0.4', '0.3')),
    ],
  ])('refuses %s', async (_, file, change) => {
    const reference = await store.write(artifact, tensors);
    const path = join(root, reference.name, file);
    await writeFile(path, change(await readFile(path)));
    await expect(store.read(reference)).rejects.toMatchObject({ code: 'ARTIFACT_BROKEN' });
  });

  test('refuses what is not there, and names that leave the store', async () => {
    for (const name of ['weather/ridge-0', '../other', 'a//b', '/etc', 'a/\0', `a/${'b'.repeat(300)}`]) {
      await expect(store.read({ name, sha256: 'x' })).rejects.toMatchObject({ code: 'ARTIFACT_BROKEN' });
    }
  });

  test('holds nothing against an artifact that it cannot read now', async () => {
    const reference = await store.write(artifact, tensors);
    const path = join(root, reference.name, 'weights.safetensors');
    await rm(path);
    // A link to itself: the disk answers with an error that is no "not there".
    await symlink(path, path);
    await expect(store.read(reference)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', fate: 'retry' });
  });

  test('that cannot be written to, or read, does not answer, and that is no fault of a training', async () => {
    await store.writeCheckpoint('weather-1', Buffer.from('one'));
    const checkpoints = join(root, '.checkpoints');
    const [file = ''] = await readdir(checkpoints);
    await rm(join(checkpoints, file));
    await symlink(join(checkpoints, file), join(checkpoints, file));
    // A file in the place of the store: nothing can be put below it, nor taken away.
    await writeFile(join(parent, 'file'), '');
    const nowhere = new FileSystemModelStore(join(parent, 'file'));
    for (const attempt of [
      () => store.readCheckpoint('weather-1'),
      () => nowhere.write(artifact, tensors),
      () => nowhere.writeCheckpoint('weather-1', Buffer.from('two')),
      () => nowhere.removeCheckpoint('weather-1'),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', fate: 'retry' });
    }
  });

  test('keeps one checkpoint a job until it is removed', async () => {
    expect(await store.readCheckpoint('weather-1')).toBeNull();
    await store.writeCheckpoint('weather-1', Buffer.from('one'));
    await store.writeCheckpoint('weather-1', Buffer.from('two'));
    expect((await store.readCheckpoint('weather-1'))?.toString()).toBe('two');
    // A writer was killed in the middle.
    const checkpoints = join(root, '.checkpoints');
    const [file = ''] = await readdir(checkpoints);
    await writeFile(join(checkpoints, `${file}.8f14.tmp`), 'thr');
    await store.writeCheckpoint('weather-2', Buffer.from('of another job'));
    await store.removeCheckpoint('weather-1');
    expect(await store.readCheckpoint('weather-1')).toBeNull();
    expect(await readdir(checkpoints)).toHaveLength(1);
  });

  test('takes any text as the name of a job, and stays in its folder', async () => {
    const names = [
      '.',
      '..',
      '../../up',
      '/etc',
      'a/../b',
      'B',
      'b',
      '',
      'x'.repeat(300),
      '\0',
      '\ud800',
      '%2e',
    ];
    for (const name of names) await store.writeCheckpoint(name, Buffer.from(`of ${name}`));
    for (const name of names) {
      expect((await store.readCheckpoint(name))?.toString()).toBe(Buffer.from(`of ${name}`).toString());
    }
    expect(await readdir(parent)).toEqual(['store']);
    expect(await readdir(root)).toEqual(['.checkpoints']);
    for (const name of names) await store.removeCheckpoint(name);
    expect(await readdir(join(root, '.checkpoints'))).toEqual([]);
  });

  test('leaves nothing half done when a write fails', async () => {
    await store.writeCheckpoint('weather-1', Buffer.from('one'));
    const checkpoints = join(root, '.checkpoints');
    const [file = ''] = await readdir(checkpoints);
    await rm(join(checkpoints, file));
    // No file can be put in the place of a folder.
    await mkdir(join(checkpoints, file));
    await expect(store.writeCheckpoint('weather-1', Buffer.from('two'))).rejects.toThrow();
    expect(await readdir(checkpoints)).toEqual([file]);
  });
});
