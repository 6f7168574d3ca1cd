/** @file The topic `streams` as definitions. */
import { StreamDefinition } from '#contracts';
import type { DefinitionSource } from './definition-reader.js';
import { type BytesTable, recordReader, RecordTable } from './record-table.js';

/** Every definition in force. */
export interface DefinitionTable extends DefinitionSource {
  all(): Iterable<StreamDefinition>;
}

const readDefinition = recordReader(StreamDefinition, ({ stream }) => stream);

/** @param onRefused the stream's key and what is wrong with its record: it is no stream */
export function definitionTable(
  table: BytesTable,
  onRefused: (stream: string, problem: string) => void,
): DefinitionTable {
  return new RecordTable(table, readDefinition, onRefused);
}
