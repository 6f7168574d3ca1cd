import { expect, test } from 'vitest';
import { RollcastError } from '#contracts';
import { isMove, RunnerHealth, type RunnerView } from './runner-health.js';

const away = new RollcastError('BROKER_UNAVAILABLE', { problem: 'gone' });
const fenced = new RollcastError('FENCED', { partition: 1 });

function watched(): { health: RunnerHealth; told: RunnerView[]; states: () => string[] } {
  const told: RunnerView[] = [];
  let now = 0;
  const health = new RunnerHealth(
    (one) => told.push(one),
    () => ++now,
  );
  return { health, told, states: () => told.map(({ state }) => state) };
}

test('starts, runs, waits while the consumer is down, runs again', () => {
  const { health, states, told } = watched();
  health.consumerUp();
  health.allOpen();
  health.consumerDown(away);
  health.consumerUp();
  expect(states()).toEqual(['running', 'waiting', 'running']);
  expect(told[1]?.reason).toContain('BROKER_UNAVAILABLE');
  expect(told[1]?.since).toBeGreaterThan(told[0]?.since ?? Infinity);
});

test('one partition that waits makes the runner wait, and its reason is said', () => {
  const { health } = watched();
  health.allOpen();
  health.partitionDown(1, fenced);
  expect(health.current).toMatchObject({ state: 'waiting' });
  expect(health.current.reason).toContain('FENCED');
  health.partitionUp(1);
  expect(health.current.state).toBe('running');
});

test('nothing is told twice, and a stop is final', () => {
  const { health, states } = watched();
  health.allOpen();
  health.allOpen();
  health.stopped(new RollcastError('CHANGELOG_LOST', { topic: 't', partition: 0 }));
  health.allOpen();
  health.stopped(null);
  expect(states()).toEqual(['running', 'stopped']);
  expect(health.current.reason).toContain('CHANGELOG_LOST');
});

test.each([
  ['FENCED', 0, true],
  ['RELEASED', 0, true],
  ['FENCED', 1, false],
  ['BROKER_UNAVAILABLE', 0, false],
  ['POISON', 0, false],
] as const)('%s after %i failures in a row is a mere move: %s', (code, attempt, move) => {
  expect(isMove(new RollcastError(code), attempt)).toBe(move);
});
