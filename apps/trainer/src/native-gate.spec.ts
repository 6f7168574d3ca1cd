import { expect, test } from 'vitest';
import type { Executor, PreparedProgram } from '#compute';
import { behindGate, NativeGate } from './native-gate.js';

const never = () => false;
const isInside = (gate: NativeGate) => new Int32Array(gate.shared)[0] === 1;

/** Both sides of a gate whose thread has loaded its code. */
function sides(): { readonly service: NativeGate; readonly thread: NativeGate } {
  const service = NativeGate.forNewThread();
  const thread = new NativeGate(service.shared);
  thread.leave();
  return { service, thread };
}

test('a thread begins inside, and is waited for until it leaves, or is gone', async () => {
  const service = NativeGate.forNewThread();
  expect(isInside(service)).toBe(true);
  await service.shut(() => true);
  const shut = service.shut(never);
  expect(await Promise.race([shut.then(() => 'shut'), Promise.resolve('waits')])).toBe('waits');
  new NativeGate(service.shared).leave();
  await shut;
});

test('calls that overlap are inside until the last has ended, also by an error', async () => {
  const { thread } = sides();
  let fail: (error: Error) => void = () => undefined;
  const failing = new Promise<never>((_, reject) => (fail = reject));
  const long = thread.through(() => failing);
  expect(await thread.through(async () => 'done')).toBe('done');
  expect(isInside(thread)).toBe(true);
  fail(new Error('no memory'));
  await expect(long).rejects.toThrow('no memory');
  expect(isInside(thread)).toBe(false);
});

test('whatever an executor does natively is done inside', async () => {
  const { service, thread } = sides();
  const seen: string[] = [];
  const see = async (what: string) => void seen.push(`${what}: ${isInside(service)}`);
  const program: PreparedProgram = {
    run: async () => (await see('run'), {}),
    release: () => see('release'),
  };
  const executor: Executor = {
    kind: 'compiled',
    description: 'of a spec',
    scanForm: 'by-step',
    prepare: async () => (await see('prepare'), program),
  };
  const guarded = behindGate(executor, thread);
  const prepared = await guarded.prepare({} as never);
  await prepared.run({});
  await prepared.release();
  expect(seen).toEqual(['prepare: true', 'run: true', 'release: true']);
  expect(guarded).toMatchObject({ kind: 'compiled', description: 'of a spec', scanForm: 'by-step' });
  await service.shut(never);
});
