import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { guardIdleTimers, guardPrototype } from './timer-guard.js';

interface Queue {
  pending: unknown[];
  inflight: Map<number, unknown>;
  throttledUntil: number;
  scheduleCheckPendingRequests(): void;
  checkPendingRequests(): void;
  destroy(): void;
}
type QueueClass = new (options: object) => Queue;

const load = createRequire(import.meta.url);
const PATH = 'kafkajs/src/network/requestQueue/index.js';

/** kafkajs' own class, fresh, so that the unguarded behaviour can be seen beside the guarded one. */
function freshQueueClass(): QueueClass {
  const file = load.resolve(PATH);
  const cached = load.cache[file];
  Reflect.deleteProperty(load.cache, file);
  const fresh = load(PATH) as QueueClass;
  if (cached !== undefined) load.cache[file] = cached;
  return fresh;
}

const make = (Queue: QueueClass, maxInFlightRequests: number | null = null): Queue => {
  const logger = { debug: () => undefined };
  const options = {
    maxInFlightRequests,
    requestTimeout: 1_000,
    enforceRequestTimeout: false,
    clientId: 'c',
    broker: 'b',
    logger,
  };
  return new Queue(options);
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('without the guard an idle queue arms its timer again for ever', () => {
  const queue = make(freshQueueClass());
  queue.scheduleCheckPendingRequests();
  for (let i = 0; i < 50; i++) {
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersToNextTimer();
  }
  queue.destroy();
});

test('with the guard an idle queue arms nothing', () => {
  const Queue = freshQueueClass();
  expect(guardPrototype(Queue.prototype as object)).toBe(true);
  const queue = make(Queue);
  queue.scheduleCheckPendingRequests();
  expect(vi.getTimerCount()).toBe(0);
});

test('a throttled queue is still looked at when the throttle ends, and then sleeps', () => {
  const Queue = freshQueueClass();
  guardPrototype(Queue.prototype as object);
  const queue = make(Queue);
  queue.throttledUntil = Date.now() + 500;
  const sent: string[] = [];
  const request = {
    correlationId: 1,
    expectResponse: false,
    send: () => sent.push('sent'),
    completed: () => undefined,
  };
  queue.pending.push(request);
  queue.scheduleCheckPendingRequests();
  vi.advanceTimersByTime(499);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(sent).toEqual(['sent']);
  expect(vi.getTimerCount()).toBe(0);
});

test('a queue that is full is looked at again, never with a negative delay', () => {
  const Queue = freshQueueClass();
  guardPrototype(Queue.prototype as object);
  const queue = make(Queue, 1);
  queue.inflight.set(1, {});
  queue.pending.push({
    correlationId: 2,
    expectResponse: false,
    send: () => undefined,
    completed: () => undefined,
  });
  const armed = vi.spyOn(globalThis, 'setTimeout');
  queue.scheduleCheckPendingRequests();
  expect(armed.mock.calls.map(([, delay]) => delay)).toEqual([10]);
  queue.destroy();
});

test('the kafkajs that is installed is the one that the guard knows', () => {
  expect(guardIdleTimers()).toBe(true);
  expect(guardIdleTimers()).toBe(true);
});

test.each([
  ['nothing there', undefined],
  ['no such method', {}],
  [
    'another implementation',
    { scheduleCheckPendingRequests: () => 'other', checkPendingRequests: () => undefined },
  ],
])('other internals are left alone: %s', (_name, prototype) => {
  const before = prototype === undefined ? undefined : { ...prototype };
  expect(guardPrototype(prototype)).toBe(false);
  expect(prototype).toEqual(before);
});
