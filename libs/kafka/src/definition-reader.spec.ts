import { StreamDefinition } from '#contracts';
import { expect, test } from 'vitest';
import { DefinitionReader } from './definition-reader.js';

const definition = StreamDefinition.parse({ stream: 'a', frequency: '1h', channels: [{ name: 't' }] });

/** A table that learns what is in the topic when it is caught up. */
class Table {
  defined = false;
  caughtUp = 0;
  #known = false;
  readonly get = (stream: string) => (stream === 'a' && this.#known ? definition : null);
  readonly catchUp = async () => {
    this.caughtUp += 1;
    this.#known = this.defined;
  };
}

test('a table is caught up once a batch before a stream is unknown, and not again for records before that', async () => {
  const table = new Table();
  const reader = new DefinitionReader(table, new AbortController().signal);
  const asked = async (last: bigint) => {
    reader.beginBatch(last);
    await reader.find('a');
    await reader.find('nowhere');
    return table.caughtUp;
  };
  expect(await asked(0n)).toBe(1);
  expect(await asked(9n)).toBe(2);
  // A part of the same batch, once more by itself.
  expect(await asked(4n)).toBe(2);
  expect(await asked(10n)).toBe(3);
});

test('a record behind the definition of its stream meets it, whatever the clock of a new leader says', async () => {
  const table = new Table();
  const reader = new DefinitionReader(table, new AbortController().signal);
  reader.beginBatch(9n);
  expect(await reader.find('a')).toBeNull();
  table.defined = true;
  reader.beginBatch(10n);
  expect(await reader.find('a')).toBe(definition);
});
