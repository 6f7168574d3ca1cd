/** @file Which records of a fetch belong to aborted transactions: kafkajs 2.2.4 gets it wrong where several producers
 *  write one partition.
 *
 *  Its filter takes the broker's list in the order in which transactions *ended*, one entry a record: aborted records of
 *  the others then pass as committed. `readings` has such partitions (every ingest partition may forward into them), and
 *  `models`. So kafkajs is given this filter instead, before it is loaded (`kafkajs.ts`).
 *
 *  Law: a record is left out exactly if it lies in a transaction that was aborted: from the transaction's first offset
 *  to its producer's next abort marker. Where kafkajs looks different (another version), or is loaded already, nothing
 *  is changed. */
import { createRequire } from 'node:module';

export interface FetchedRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly isControlRecord?: boolean;
  readonly batchContext: { readonly producerId: unknown; readonly inTransaction: boolean };
}

export interface AbortedTransaction {
  readonly producerId: unknown;
  readonly firstOffset: string;
}

/** The records that are not aborted; control records stay, as in kafkajs' own filter (they are dropped behind it). */
export function withoutAborted<Fetched extends FetchedRecord>({
  messages,
  abortedTransactions,
}: {
  readonly messages: readonly Fetched[];
  readonly abortedTransactions?: readonly AbortedTransaction[] | null;
}): readonly Fetched[] {
  if (!abortedTransactions || abortedTransactions.length === 0) return messages;
  const begun = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producer: String(producerId), first: BigInt(firstOffset) }))
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const open = new Set<string>();
  return messages.filter((message) => {
    while (begun[0] !== undefined && begun[0].first <= BigInt(message.offset)) {
      open.add((begun.shift() as { producer: string }).producer);
    }
    const producer = String(message.batchContext.producerId);
    if (message.isControlRecord === true) {
      if (isAbortMarker(message.key)) open.delete(producer);
      return true;
    }
    return !(message.batchContext.inTransaction && open.has(producer));
  });
}

/** Key of a control record: version and type, two bytes each; type 0 is ABORT. */
function isAbortMarker(key: Buffer | null): boolean {
  return key !== null && key.length >= 4 && Buffer.from(key).readInt16BE(2) === 0;
}

const FILTER = 'kafkajs/src/consumer/filterAbortedMessages.js';
const ITS_READER = 'kafkajs/src/consumer/batch.js';

/** @returns whether kafkajs uses this filter now */
export function replaceFilter(): boolean {
  try {
    const load = createRequire(import.meta.url);
    const path = load.resolve(FILTER);
    const known = load.cache[path]?.exports === withoutAborted;
    if (known || load.cache[load.resolve(ITS_READER)] !== undefined) return known;
    if (typeof load(FILTER) !== 'function') return false;
    const loaded = load.cache[path];
    if (loaded === undefined) return false;
    loaded.exports = withoutAborted;
    return true;
  } catch {
    return false;
  }
}
