import { StreamDefinition } from '#contracts';
import { expect, test } from 'vitest';
import { existingDefinition } from './existing-definition.js';

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
