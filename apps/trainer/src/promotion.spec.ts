import type { ModelKind, Score } from '#contracts';
import { describe, expect, test } from 'vitest';
import { decide } from './promotion.js';

const score = (mae: number): Score => ({ mae, mse: mae * mae, coverage: 0.9, skill: 0.2, truths: 12345 });
const fitted = (maes: Partial<Record<ModelKind, number>>) =>
  Object.entries(maes).map(([kind, mae]) => ({ kind: kind as ModelKind, score: score(mae), remark: null }));

describe('the gate', () => {
  test('promotes the smallest error and says by how much', () => {
    const verdict = decide(fitted({ ridge: 0.45, cmamba: 0.414, kalman: 0.5 }), {
      kind: 'kalman',
      version: 'kalman-0',
      score: score(0.52),
    });
    expect(verdict).toMatchObject({ winner: 'cmamba' });
    expect(verdict.reason).toBe(
      'cmamba has the smallest MAE on 12,345 held-back truths: 0.4140, 20.4 % below the champion kalman-0 (0.5200); ridge 0.4500, kalman 0.5000',
    );
  });

  test('promotes a baseline where a baseline is best', () => {
    const verdict = decide(fitted({ 'last-value': 0.02, ridge: 0.03, cmamba: 0.025 }), null);
    expect(verdict).toMatchObject({ winner: 'last-value' });
    expect(verdict.reason).toContain('last-value has the smallest MAE');
  });

  test.each([0.4, 0.41])('keeps a champion that is as good or better (%d against 0.4)', (mae) => {
    const verdict = decide(fitted({ cmamba: mae, ridge: 0.5 }), {
      kind: 'ridge',
      version: 'ridge-1',
      score: score(0.4),
    });
    expect(verdict.winner).toBeNull();
    expect(verdict.reason).toContain('the champion ridge-1 (0.4000) stays');
  });

  test.each([
    ['over no truth', { ...score(0), truths: 0 }],
    ['that is no number', score(NaN)],
    ['that is not finite', score(Infinity)],
  ])('takes an error %s for no evidence, whoever has it', (_, nothing) => {
    const champion = { kind: 'ridge', version: 'ridge-1' } as const;
    const unjudged = { kind: 'cmamba', score: nothing, remark: null } as const;
    const verdict = decide([unjudged, ...fitted({ ridge: 0.5, kalman: 0.6 })], null);
    expect(verdict).toMatchObject({
      winner: 'ridge',
      reason: expect.not.stringContaining('cmamba') as string,
    });
    const against = { ...champion, score: score(0.4) };
    expect(decide([unjudged, ...fitted({ kalman: 0.6 })], against).winner).toBeNull();
    expect(decide(fitted({ kalman: 0.6 }), { ...champion, score: nothing }).winner).toBe('kalman');
    for (const beside of [null, against, { ...champion, score: nothing }]) {
      expect(decide([unjudged], beside)).toEqual({
        winner: null,
        reason: 'nobody is promoted: no candidate was held against a held-back truth',
      });
    }
  });

  test('says what must be known beside a figure', () => {
    const [cmamba, ridge] = fitted({ cmamba: 0.5, ridge: 0.4 });
    const remarked = [{ ...cmamba, remark: 'it diverged' }, ridge] as Parameters<typeof decide>[0];
    expect(decide(remarked, null).reason).toContain('cmamba 0.5000 [it diverged]');
  });
});
