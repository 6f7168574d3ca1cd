/** @file The topic `streams` as definitions: bytes in the table, definitions out.
 *
 *  Law: `get` gives the same object until the record changes, and a record that is no definition (somebody wrote to
 *  the topic by hand) is no stream: it is told to `onRefused` once and stops nothing. */
import { describeIssues, StreamDefinition } from '#contracts';
import type { DefinitionSource } from './definition-reader.js';

/** Every definition in force. */
export interface DefinitionTable extends DefinitionSource {
  all(): Iterable<StreamDefinition>;
}

/** What is needed of a compacted topic; `CompactedTable` of `#kafka` has it. */
export interface BytesTable {
  get(key: string): Buffer | undefined;
  entries(): ReadonlyMap<string, Buffer>;
  catchUp(signal?: AbortSignal): Promise<void>;
}

/** @param onRefused the stream's key and what is wrong with its record */
export function definitionTable(
  table: BytesTable,
  onRefused: (stream: string, problem: string) => void,
): DefinitionTable {
  // By the bytes themselves: a new record is a new buffer.
  const read = new WeakMap<Buffer, StreamDefinition | null>();
  const definitionIn = (stream: string, bytes: Buffer): StreamDefinition | null => {
    const known = read.get(bytes);
    if (known !== undefined) return known;
    const found = parse(stream, bytes);
    if (typeof found === 'string') onRefused(stream, found);
    const definition = typeof found === 'string' ? null : found;
    read.set(bytes, definition);
    return definition;
  };
  return {
    get: (stream) => {
      const bytes = table.get(stream);
      return bytes === undefined ? null : definitionIn(stream, bytes);
    },
    all: () =>
      [...table.entries()]
        .map(([stream, bytes]) => definitionIn(stream, bytes))
        .filter((definition) => definition !== null),
    catchUp: (signal) => table.catchUp(signal),
  };
}

/** @returns a text: what is wrong */
function parse(stream: string, bytes: Buffer): StreamDefinition | string {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString());
  } catch (error) {
    return `it is not JSON: ${(error as Error).message}`;
  }
  const parsed = StreamDefinition.safeParse(json);
  if (!parsed.success) return describeIssues(parsed.error);
  return parsed.data.stream === stream ? parsed.data : `it defines stream "${parsed.data.stream}"`;
}
