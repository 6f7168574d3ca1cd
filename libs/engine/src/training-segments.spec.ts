import { cmambaConfig, patchWidth, segmentSteps, writePatch } from '#cmamba';
import { fill } from '#forecasting';
import { describe, expect, test } from 'vitest';
import { Draws } from './draws.js';
import { type SegmentRun, TrainingSegments } from './training-segments.js';

const config = cmambaConfig('small', { channels: 2, lookback: 16, horizon: 4, stride: 4, memory: 24 });
const length = segmentSteps(config);
const plain = { segments: 3, seed: 5, mixup: 0, jitter: 0 };

function randomRun(steps: number, missing: number, seed: number): SegmentRun {
  const draws = new Draws(seed, 'weights', 0);
  const values = [0, 1].map(() =>
    Float64Array.from({ length: steps }, () => (draws.uniform() < missing ? NaN : draws.normal())),
  );
  return { values };
}

/** Exactly one possible segment, so that what a batch must hold is known. */
const single = randomRun(length, 0.2, 1);

describe('a training segment', () => {
  test('holds the patches that serving would see: filled from their own values, level against the patch before', () => {
    const segments = new TrainingSegments([single], config, { ...plain, segments: 1 });
    expect(segments.count).toBe(1);
    const { patches, scale } = segments.at(0);
    const width = patchWidth(config);
    const filled = new Float64Array(config.lookback);
    single.values.forEach((column, channel) => {
      let before = null;
      for (let patch = -1; patch < config.memory; patch++) {
        const end = config.lookback + (patch + 1) * config.stride;
        fill(column.subarray(end - config.lookback, end), 0, filled);
        const expected = new Float32Array(width);
        before = writePatch(filled, config.lookback, config.lookback, before, expected, 0);
        if (patch < 0) continue;
        const at = (patch * 2 + channel) * width;
        expect(patches.subarray(at, at + width)).toEqual(expected);
        if (patch >= segments.from)
          expect(scale[(patch - segments.from) * 2 + channel]).toBe(Math.fround(before.deviation));
      }
    });
  });

  test('has the truths behind each patch, and weight 0 where nothing was observed', () => {
    const segments = new TrainingSegments([single], config, { ...plain, segments: 1 });
    const { targets, observed, scale, patches } = segments.at(0);
    expect(
      patches.every(Number.isFinite) && targets.every(Number.isFinite) && scale.every((s) => s > 0),
    ).toBe(true);
    let gaps = 0;
    for (let patch = segments.from; patch < config.memory; patch++) {
      for (let channel = 0; channel < 2; channel++) {
        const row = (patch - segments.from) * 2 + channel;
        const end = config.lookback + (patch + 1) * config.stride;
        for (let lead = 0; lead < config.horizon; lead++) {
          const missing = Number.isNaN(single.values[channel]?.[end + lead]);
          expect(observed[row * config.horizon + lead]).toBe(missing ? 0 : 1);
          if (missing) gaps++;
        }
      }
    }
    expect(gaps).toBeGreaterThan(0);
  });

  test('is a function of seed and step alone', () => {
    const options = { ...plain, mixup: 1, jitter: 0.5 };
    const runs = [randomRun(400, 0.1, 2), randomRun(300, 0, 3)];
    const one = new TrainingSegments(runs, config, options);
    const other = new TrainingSegments(runs, config, options);
    other.at(7);
    const copy = structuredClone(one.at(3));
    expect(other.at(3)).toEqual(copy);
    expect(one.at(4)).not.toEqual(copy);
    expect(new TrainingSegments(runs, config, { ...options, seed: 6 }).at(3)).not.toEqual(copy);
  });

  test('does not begin in one run and end in another', () => {
    const runs = [length + 2, length - 1, 2 * length].map((steps) => randomRun(steps, 0, steps));
    expect(new TrainingSegments(runs, config, plain).count).toBe(3 + 0 + (length + 1));
  });

  test('with jitter gives every distance between two patches from 1 to 2 stride - 1, and none else', () => {
    // A ramp: the mean of a patch tells where it ends.
    const ramp = Float64Array.from({ length: 2000 }, (_, index) => index);
    const segments = new TrainingSegments([{ values: [ramp, ramp] }], config, {
      ...plain,
      jitter: 0.5,
    });
    const width = patchWidth(config);
    const distances = new Set<number>();
    for (let step = 0; step < 40; step++) {
      const { patches } = segments.at(step);
      for (let patch = 1; patch < config.memory; patch++) {
        const moved = Math.sinh(patches[patch * segments.sequences * width + config.lookback] as number);
        // A ramp's deviation: that of 0..lookback-1.
        distances.add(Math.round(moved * Math.sqrt((config.lookback ** 2 - 1) / 12 + 1e-5)));
      }
    }
    expect([...distances].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('mixes what it trains on and what it aims at alike', () => {
    const mixed = new TrainingSegments([single], config, { ...plain, segments: 1, mixup: 1 }).at(0);
    const same = new TrainingSegments([single], config, { ...plain, segments: 1 }).at(0);
    expect(mixed.patches).not.toEqual(same.patches);
    expect(mixed.targets).not.toEqual(same.targets);
  });
});
