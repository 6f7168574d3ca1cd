/** @file Writing to a topic that is also held as a table.
 *
 *  An acknowledged record is not readable yet: it waits for the end of every transaction that lies before it in its
 *  partition, and a barrier (`catchUp`) that is asked meanwhile ends before it.
 *
 *  Law: `send` settles when its records are acknowledged and have passed through the table. So whoever hears of that,
 *  and then asks this table or a barrier of any other process, meets them. */
import type { CompactedTable } from './compacted-table.js';
import type { RecordProducer, RecordSink } from './producer.js';

/** @param table of the only topic that is written to */
export function writeThrough(
  producer: Pick<RecordProducer, 'send'>,
  table: Pick<CompactedTable, 'passed'>,
): RecordSink {
  return {
    send: async (records) => table.passed(await producer.send(records)),
  };
}
