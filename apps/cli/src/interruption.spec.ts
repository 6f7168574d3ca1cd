import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { Interrupted } from './failures.js';
import { interruption, pause, unlessAborted, untilInterrupted } from './interruption.js';

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

test('what is waited for ends with the reason of the signal', async () => {
  const controller = new AbortController();
  const never = new Promise<never>(() => undefined);
  const waiting = [unlessAborted(never, controller.signal), pause(60_000, controller.signal)];
  controller.abort(new Interrupted('SIGTERM'));
  for (const one of [...waiting, pause(60_000, controller.signal), unlessAborted(never, controller.signal)])
    await expect(one).rejects.toThrow('interrupted by SIGTERM');
});

test('what comes before the signal is what comes', async () => {
  const { signal } = new AbortController();
  await expect(unlessAborted(Promise.resolve(7), signal)).resolves.toBe(7);
  await expect(unlessAborted(Promise.reject(new Error('x')), signal)).rejects.toThrow('x');
  await expect(pause(1, signal)).resolves.toBeUndefined();
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
