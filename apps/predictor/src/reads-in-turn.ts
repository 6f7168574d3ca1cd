/** @file One reading of a partition's log behind the other. The live frames and the newcomers of several streams may all
 *  want to read back at the same moment; what reads for them takes one range of a partition at a time.
 *
 *  Law: every reading begins when those asked for before it have ended, well or badly; its own end is its caller's. */
import type { SpanReader } from '#kafka';

/** The same reader, asked for one range at a time. */
export function readsInTurn(spans: SpanReader): SpanReader {
  let before: Promise<unknown> = Promise.resolve();
  return {
    read: (span, onRecords) => {
      const mine = before.then(() => spans.read(span, onRecords));
      before = mine.catch(() => undefined);
      return mine;
    },
    bounds: (topic) => spans.bounds(topic),
  };
}
