import { StreamDefinition } from '#contracts';
import { expect, test } from 'vitest';
import { networkCost } from './network-cost.js';

const cost = (change: object) =>
  networkCost(StreamDefinition.parse({ stream: 's', channels: [{ name: 'a' }], frequency: '1h', ...change }));

test('a definition of the smallest network says its memory, its first forecast and its history', () => {
  // Two states of 3 blocks x 1 channel x 8 modes x 64 features and 96 values, 4 bytes each; 96 + 8 * 48 / 2 frames.
  // One segment of 96 + 8 * 48 + 24 steps in the 70 % that train.
  expect(cost({})).toEqual({
    memoryPerSeriesBytes: 12_672,
    firstForecastAfterFrames: 288,
    trainingNeedsSteps: 720,
  });
});

test('memory grows with channels and size, the wait with the life of a state', () => {
  const two = cost({ channels: [{ name: 'a' }, { name: 'b' }] });
  expect(two.memoryPerSeriesBytes).toBe(2 * cost({}).memoryPerSeriesBytes);
  expect(cost({ model: { size: 'base' } }).memoryPerSeriesBytes).toBeGreaterThan(4 * 12_000);
  expect(cost({ model: { memory: 96 } }).firstForecastAfterFrames).toBe(96 + 8 * 48);
});
