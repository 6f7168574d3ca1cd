import { StreamDefinition } from '#contracts';
import { expect, test } from 'vitest';
import { existingDefinition, newestDefinitions } from './existing-definition.js';

const definition = StreamDefinition.parse({ stream: 'a', channels: [{ name: 't' }], frequency: '1h' });

/** A table that does not know of `a` until it has caught up so many times. */
function lagging(times: number) {
  let caughtUp = 0;
  return {
    get: (stream: string) => (stream === 'a' && caughtUp >= times ? definition : null),
    catchUp: async () => void (caughtUp += 1),
    times: () => caughtUp,
  };
}

test('a stream that is known costs no look at the topic', async () => {
  const source = lagging(0);
  expect(await existingDefinition(source, 'a')).toBe(definition);
  expect(source.times()).toBe(0);
});

test('a stream that was defined a moment ago is found', async () => {
  expect(await existingDefinition(lagging(1), 'a')).toBe(definition);
});

test('a stream that nobody has defined is denied after one look', async () => {
  const source = lagging(1);
  await expect(existingDefinition(source, 'b')).rejects.toMatchObject({ code: 'NO_SUCH_STREAM' });
  expect(source.times()).toBe(1);
});

test('while the log does not answer, whoever asks is told so, and nothing waits on; a job has the time', async () => {
  const waits: AbortSignal[] = [];
  let isBack = false;
  let goOn = () => undefined as void;
  const away = {
    get: () => (isBack ? definition : null),
    catchUp: (signal?: AbortSignal) => {
      if (signal !== undefined) waits.push(signal);
      return new Promise<void>((resolve) => (goOn = resolve));
    },
  };
  const job = existingDefinition(away, 'a', Infinity);
  const back = goOn;
  for (const asked of [newestDefinitions(away, 20), existingDefinition(away, 'a', 20)])
    await expect(asked).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE', status: 503 });
  expect(waits.map(({ aborted }) => aborted)).toEqual([true, true]);
  isBack = true;
  back();
  expect(await job).toBe(definition);
});
