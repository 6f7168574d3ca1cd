import { describe, expect, test, vi } from 'vitest';
import { until } from '../../../test/until.js';
import { Health } from './health.js';
import { createLogger } from './logging.js';
import { Shutdown } from './shutdown.js';

/** A process that records its exits instead of ending. */
function fixture(options: { deadlineMs?: number; ipc?: boolean } = {}) {
  const listeners = new Map<string, () => void>();
  const exits: number[] = [];
  const lines: string[] = [];
  const health = new Health();
  const endingProcess = {
    on: (event: string, listener: () => void) => listeners.set(event, listener),
    exit: (code: number) => void exits.push(code),
    ...(options.ipc === true ? { send: () => true } : {}),
  };
  const logger = createLogger({ name: 'x', pretty: false, write: (line) => lines.push(line) });
  const shutdown = new Shutdown(health, logger, endingProcess, options.deadlineMs);
  shutdown.listen();
  return { shutdown, health, exits, lines, listeners, emit: (event: string) => listeners.get(event)?.() };
}

const ended = (exits: number[]) => until('it exits', () => exits.length > 0);

describe('a signal', () => {
  test.each(['SIGTERM', 'SIGINT'])(
    '%s stops the hooks one after another, the last added first, and exits 0',
    async (signal) => {
      const { shutdown, exits, emit } = fixture();
      const order: string[] = [];
      for (const name of ['http', 'producer', 'consumer']) {
        shutdown.add(name, async () => {
          order.push(`${name} begins`);
          await new Promise(setImmediate);
          order.push(`${name} ends`);
        });
      }
      emit(signal);
      await ended(exits);
      expect(exits).toEqual([0]);
      expect(order).toEqual(
        ['consumer', 'producer', 'http'].flatMap((name) => [`${name} begins`, `${name} ends`]),
      );
    },
  );

  test('stops neighbours side by side that were added so, between those before and behind them', async () => {
    const { shutdown, exits, emit } = fixture();
    const order: string[] = [];
    let bothBegan = () => undefined as void;
    const together = new Promise<void>((resolve) => (bothBegan = resolve));
    const consumer = (name: string) => async () => {
      order.push(name);
      if (order.includes('table') && order.includes('runner')) bothBegan();
      await together;
      order.push('a consumer ends');
    };
    shutdown.add('http', () => void order.push('http'));
    shutdown.addBeside('table', consumer('table'));
    shutdown.addBeside('runner', consumer('runner'));
    shutdown.add('trainings', () => void order.push('trainings'));
    emit('SIGTERM');
    await ended(exits);
    expect(order).toEqual(['trainings', 'table', 'runner', 'a consumer ends', 'a consumer ends', 'http']);
    expect(exits).toEqual([0]);
  });

  test('makes ready go false before the first hook runs', async () => {
    const { shutdown, health, exits, emit } = fixture();
    expect((await health.ready()).status).toBe('up');
    let during: unknown;
    shutdown.add('consumer', async () => {
      during = await health.ready();
    });
    emit('SIGTERM');
    await ended(exits);
    expect(during).toEqual({
      status: 'down',
      indicators: { running: { status: 'down', detail: 'shutting down: SIGTERM' } },
    });
  });

  test('a second time ends at once, with the code of the signal', () => {
    const { shutdown, exits, emit } = fixture();
    shutdown.add('stuck', () => new Promise(() => undefined));
    emit('SIGTERM');
    expect(exits).toEqual([]);
    emit('SIGINT');
    expect(exits).toEqual([130]);
  });
});

test('the hooks that hang are named at the deadline, and the exit code is 1', async () => {
  const { shutdown, exits, lines, emit } = fixture({ deadlineMs: 30 });
  shutdown.add('http', () => undefined);
  shutdown.addBeside('table', () => undefined);
  shutdown.addBeside('consumer group', () => new Promise(() => undefined));
  shutdown.addBeside('follower', () => new Promise(() => undefined));
  emit('SIGTERM');
  await ended(exits);
  expect(exits).toEqual([1]);
  expect(lines.join('')).toContain('\\"consumer group\\", \\"follower\\" did not stop in 30 ms');
});

test('a hook that throws is named, the others still run, and the exit code is 1', async () => {
  const { shutdown, exits, lines, emit } = fixture();
  const stopped = vi.fn();
  shutdown.add('http', stopped);
  shutdown.add('producer', () => {
    throw new Error('broker gone');
  });
  emit('SIGTERM');
  await ended(exits);
  expect(exits).toEqual([1]);
  expect(stopped).toHaveBeenCalledOnce();
  expect(lines.join('')).toContain('\\"producer\\" failed to stop');
});

test('a child whose parent dies stops; without a parent nothing listens for that', async () => {
  const child = fixture({ ipc: true });
  child.emit('disconnect');
  await ended(child.exits);
  expect(child.exits).toEqual([0]);
  expect(fixture().listeners.has('disconnect')).toBe(false);
});

test('a reason of our own may carry its exit code, and only the first reason counts', async () => {
  const { shutdown, exits } = fixture();
  await Promise.all([shutdown.begin('the log is lost', 1), shutdown.begin('again')]);
  expect(exits).toEqual([1]);
});
