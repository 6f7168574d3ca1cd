/** @file The one place where kafkajs is loaded, behind the filter that it must take.
 *
 *  Law: kafkajs with its own filter reads aborted records as committed (`aborted-transactions.ts`), so it is not handed
 *  out that way: whoever loaded it before us, or brings another version, is told so. */
import { RollcastError } from '#contracts';
import { replaceFilter } from './aborted-transactions.js';

if (!replaceFilter()) {
  throw new RollcastError('INTERNAL', {
    problem:
      'kafkajs was loaded before its filter of aborted records could be replaced, or is another version',
  });
}

const { default: kafkajs } = await import('kafkajs');
export { kafkajs };
