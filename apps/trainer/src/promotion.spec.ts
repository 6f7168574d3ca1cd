import type { ModelKind, Score } from '#contracts';
import { describe, expect, test } from 'vitest';
import { decide } from './promotion.js';

const score = (mae: number): Score => ({ mae, mse: mae * mae, coverage: 0.9, skill: 0.2, truths: 12345 });
const fitted = (maes: Partial<Record<ModelKind, number>>) =>
  Object.entries(maes).map(([kind, mae]) => ({ kind: kind as ModelKind, score: score(mae) }));

describe('the gate', () => {
  test('promotes the smallest error and says by how much', () => {
    const verdict = decide(fitted({ ridge: 0.45, cmamba: 0.414, kalman: 0.5 }), {
      kind: 'kalman',
      version: 'kalman-0',
      score: score(0.52),
    });
    expect(verdict).toMatchObject({ promoted: true, best: { kind: 'cmamba' } });
    expect(verdict.reason).toBe(
      'cmamba has the smallest MAE on 12,345 held-back truths: 0.4140, 20.4 % below the champion kalman-0 (0.5200); ridge 0.4500, kalman 0.5000',
    );
  });

  test('promotes a baseline where a baseline is best', () => {
    const verdict = decide(fitted({ 'last-value': 0.02, ridge: 0.03, cmamba: 0.025 }), null);
    expect(verdict).toMatchObject({ promoted: true, best: { kind: 'last-value' } });
    expect(verdict.reason).toContain('last-value has the smallest MAE');
  });

  test.each([0.4, 0.41])('keeps a champion that is as good or better (%d against 0.4)', (mae) => {
    const verdict = decide(fitted({ cmamba: mae, ridge: 0.5 }), {
      kind: 'ridge',
      version: 'ridge-1',
      score: score(0.4),
    });
    expect(verdict.promoted).toBe(false);
    expect(verdict.reason).toContain('the champion ridge-1 (0.4000) stays');
  });
});
