import type { SpanReader } from '#kafka';
import { expect, test } from 'vitest';
import { readsInTurn } from './reads-in-turn.js';

/** As strict as the reader on Kafka: a second range while one is being read is refused. */
function strictReader() {
  const waiting: { from: bigint; resolve: () => void; reject: (error: Error) => void }[] = [];
  const spans: SpanReader = {
    read: ({ from }) => {
      if (waiting.length > 0) return Promise.reject(new Error('it is being read already'));
      return new Promise((resolve, reject) => {
        const end = (settle: () => void) => () => {
          waiting.shift();
          settle();
        };
        const fail = (error: Error) => end(() => reject(error))();
        waiting.push({ from, resolve: end(resolve), reject: fail });
      });
    },
    bounds: () => Promise.resolve({ low: 0n, end: 0n }),
  };
  return { spans, waiting };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));
const frames = (from: bigint) => ({ topic: 'frames', from });

test('a reading waits for the one before, also for one that fails, and keeps its own end', async () => {
  const { spans, waiting } = strictReader();
  const inTurn = readsInTurn(spans);
  const [first, second, third] = [1n, 2n, 3n].map((from) => inTurn.read(frames(from), () => undefined));
  await turn();
  expect(waiting.map(({ from }) => from)).toEqual([1n]);
  waiting[0]?.resolve();
  await first;
  await turn();
  expect(waiting.map(({ from }) => from)).toEqual([2n]);
  waiting[0]?.reject(new Error('torn'));
  await expect(second).rejects.toThrow('torn');
  await turn();
  expect(waiting.map(({ from }) => from)).toEqual([3n]);
  waiting[0]?.resolve();
  await expect(third).resolves.toBeUndefined();
});

test('without it the second of two readings would be refused', async () => {
  const { spans } = strictReader();
  void spans.read(frames(1n), () => undefined);
  await expect(spans.read(frames(2n), () => undefined)).rejects.toThrow(/being read already/);
});
