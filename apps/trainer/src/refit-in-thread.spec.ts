import { describe, expect, test, vi } from 'vitest';
import { RollcastError, StreamDefinition } from '#contracts';
import { until } from '../../../test/until.js';
import { refitInThread } from './refit-in-thread.js';
import type { RefitOrder } from './thread-messages.js';

const entry = new URL('./testing/acting-thread.mjs', import.meta.url);
const definition = StreamDefinition.parse({ stream: 'a', channels: [{ name: 't' }], frequency: '1h' });

function order(part: string): RefitOrder {
  const runs = [{ firstGridIndex: 0, steps: 3, values: [Float64Array.of(1, 2, NaN)] }];
  const series = [{ series: 'x', runs }];
  const history = { definition, series, frames: 2 };
  return { history, ranges: [], champion: null, checkpoint: null, seed: part as unknown as number };
}

interface Settings {
  readonly graceMs?: number;
  readonly write?: (bytes: Buffer) => Promise<void>;
  readonly checkpoint?: Uint8Array;
}

function begin(part: string, settings: Settings = {}) {
  const { graceMs, write = async () => undefined, checkpoint = null } = settings;
  const abort = new AbortController();
  const written: number[][] = [];
  const onProgress = vi.fn();
  const given = { ...order(part), checkpoint };
  const done = refitInThread(
    given,
    {
      signal: abort.signal,
      onProgress,
      writeCheckpoint: async (bytes) => {
        await write(bytes);
        written.push([...bytes]);
      },
    },
    { wish: 'compiled', entry, ...(graceMs === undefined ? {} : { graceMs }) },
  );
  done.catch(() => undefined);
  return { abort, written, onProgress, done, given };
}

describe('a thread', () => {
  test('tells its progress and hands over its result', async () => {
    const { done, onProgress } = begin('succeeds');
    expect(await done).toMatchObject({ framesUntil: 'then' });
    expect(onProgress).toHaveBeenCalledWith({ phase: 'training' });
  });

  test('is given the history itself, not a copy', async () => {
    const { done, given } = begin('counts its history');
    expect(await done).toMatchObject({ framesUntil: '1+2+NaN' });
    expect(given.history.series[0]?.runs[0]?.values[0]?.length).toBe(0);
  });

  test('goes on when its checkpoint is written', async () => {
    const { done, written } = begin('writes a checkpoint');
    await done;
    expect(written).toEqual([[1, 2, 3]]);
  });

  test('hears that its checkpoint cannot be written', async () => {
    const write = async () => {
      throw new Error('the disk is full');
    };
    const { done } = begin('writes a checkpoint', { write });
    await expect(done).rejects.toMatchObject({ code: 'INTERNAL', message: /the disk is full/ });
  });

  test('that fails gives its error with code, details and stack', async () => {
    const { done } = begin('fails');
    await expect(done).rejects.toMatchObject({
      code: 'INSUFFICIENT_HISTORY',
      details: { have: 3, need: 9 },
      stack: 'there',
    });
  });

  test('that dies is an error, however it dies', async () => {
    await expect(begin('throws').done).rejects.toThrow('nobody catches it');
    await expect(begin('exits').done).rejects.toThrow('ended with code 7');
  });
});

describe('an abort', () => {
  const reason = new RollcastError('TRAINING_CANCELLED', { reason: 'enough' });

  test('before the start starts nothing', async () => {
    const given = order('succeeds');
    const hooks = { onProgress: () => undefined, writeCheckpoint: async () => undefined };
    const done = refitInThread(
      given,
      { signal: AbortSignal.abort(reason), ...hooks },
      { wish: 'auto', entry },
    );
    await expect(done).rejects.toBe(reason);
    expect(given.history.series[0]?.runs[0]?.values[0]?.length).toBe(3);
  });

  test('is heard, a last checkpoint is written, and its own reason is what comes of it', async () => {
    const { abort, written, done, onProgress } = begin('hears an abort');
    await until('it has begun', () => onProgress.mock.calls.length > 0);
    abort.abort(reason);
    await expect(done).rejects.toBe(reason);
    expect(written).toEqual([[9]]);
  });

  test('ends a thread that is too busy to hear it, after its grace', async () => {
    const { abort, done, onProgress } = begin('computes for ever', { graceMs: 50 });
    await until('it has begun', () => onProgress.mock.calls.length > 0);
    abort.abort(reason);
    await expect(done).rejects.toBe(reason);
  });

  test('does not end a thread under its native code', async () => {
    const left = new Int32Array(new SharedArrayBuffer(4));
    const { abort, done, onProgress } = begin('is in native code for a while', {
      graceMs: 10,
      checkpoint: new Uint8Array(left.buffer),
    });
    await until('it has begun', () => onProgress.mock.calls.length > 0);
    abort.abort(reason);
    await expect(done).rejects.toBe(reason);
    expect(left[0]).toBe(1);
  });
});
