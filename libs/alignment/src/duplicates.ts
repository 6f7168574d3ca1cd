/** @file The same time twice: a duplicate or a correction.
 *
 *  Law: a reading that says nothing new of its time is a duplicate and changes nothing. One that says something else
 *  of a channel is a correction: the last to arrive before the step closes counts, also when it takes a value back
 *  (null). Channels that one of the two does not mention are no contradiction: they are put together. */
import type { Observed } from './open-steps.js';

export interface Merged {
  readonly kind: 'duplicate' | 'addition' | 'correction';
  readonly values: Observed;
}

/** What is known of a time after one more reading of it.
 *  @param known, sent one entry a channel, in the same order */
export function mergeObserved(known: Observed, sent: Observed): Merged {
  let kind: Merged['kind'] = 'duplicate';
  const values = known.map((before, channel) => {
    const value = sent[channel];
    if (value === undefined || value === before) return before;
    if (before !== undefined) kind = 'correction';
    else if (kind === 'duplicate') kind = 'addition';
    return value;
  });
  return { kind, values };
}
