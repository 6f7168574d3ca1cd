import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { Interrupted } from './failures.js';
import { interruption, untilInterrupted } from './interruption.js';

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number) {
    this.exits.push(code);
  }
}

test('the first signal aborts, the second ends at once with its code', () => {
  const source = new FakeProcess();
  let told = 0;
  const { signal, release } = interruption(source, () => (told += 1));
  source.emit('SIGINT');
  expect(signal.reason).toMatchObject({ by: 'SIGINT', exitCode: 130 });
  expect(source.exits).toEqual([]);
  source.emit('SIGTERM');
  expect(source.exits).toEqual([143]);
  expect(told).toBe(1);
  release();
  expect(source.listenerCount('SIGINT')).toBe(0);
});

test('a person ending what stays is no failure, a dead service is one', async () => {
  const pressed = new AbortController();
  const died = new AbortController();
  const stays = [untilInterrupted(pressed.signal), untilInterrupted(died.signal)];
  pressed.abort(new Interrupted('SIGINT'));
  died.abort(new Error('trainer has ended'));
  await expect(stays[0]).resolves.toBeUndefined();
  await expect(stays[1]).rejects.toThrow('trainer has ended');
});
