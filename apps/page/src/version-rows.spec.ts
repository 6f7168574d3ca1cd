import { describe, expect, test } from 'vitest';
import { type ModelsView } from '#contracts';
import { versionRows } from './version-rows.js';

type Version = ModelsView['versions'][number];

const score = (mae: number) => ({ mae, mse: mae, coverage: 0.9, skill: null, truths: 10 });
const version = (name: string, kind: Version['kind'], scores: Version['scores']): Version => ({
  type: 'version',
  stream: 's',
  version: name,
  kind,
  verdict: 'rejected',
  reason: `why ${name}`,
  artifact: { name, sha256: '0' },
  trainedOn: [],
  framesUntil: '2013-01-01T00:00:00Z',
  seed: 1,
  scores,
  job: null,
  createdAt: '2026-01-01T00:00:00Z',
});
const champion = (name: string): NonNullable<ModelsView['champion']> => ({
  type: 'champion',
  stream: 's',
  version: name,
  by: 'gate',
  reason: 'because',
  createdAt: '2026-01-01T00:00:00Z',
});

const versions = [
  version('cmamba-2', 'cmamba', { cmamba: score(0.5), ridge: score(0.4) }),
  version('ridge-1', 'ridge', { ridge: score(0.45) }),
];

describe('the rows', () => {
  test('put the champion first, whatever its age, and every version once', () => {
    const rows = versionRows({ champion: champion('ridge-1'), versions, refusals: [] });
    expect(rows.map((row) => [row.version, row.champion])).toEqual([
      ['ridge-1', true],
      ['cmamba-2', false],
    ]);
  });

  test('hold the champion also where no record of its version is left', () => {
    const rows = versionRows({ champion: champion('kalman-9f'), versions, refusals: [] });
    expect(rows[0]).toMatchObject({ version: 'kalman-9f', kind: 'kalman', champion: true, score: null });
    expect(rows).toHaveLength(3);
  });

  test('say what serves before anything was trained', () => {
    const rows = versionRows({ champion: null, versions: [], refusals: [] });
    expect(rows).toEqual([expect.objectContaining({ version: 'kalman-0', champion: true })]);
  });

  test('score a version by its own kind, not by the best candidate', () => {
    const [, cmamba] = versionRows({ champion: champion('ridge-1'), versions, refusals: [] });
    expect(cmamba!.score!.mae).toBe(0.5);
  });

  test('say of the champion why it is that, of the others what the gate said', () => {
    const chosen = { ...champion('cmamba-2'), by: 'person' as const, reason: 'chosen by hand' };
    const rows = versionRows({ champion: chosen, versions, refusals: [] });
    expect(rows.map(({ reason }) => reason)).toEqual(['chosen by hand', 'why ridge-1']);
  });
});
