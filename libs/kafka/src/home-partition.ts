/** @file The partition of a key, as Kafka's Java client computes it: `toPositive(murmur2(key)) % partitions`.
 *
 *  Law: equal to `org.apache.kafka.common.utils.Utils.murmur2` for every key. A series lives in the home partition
 *  of its key all the way through the pipeline. */
import { RollcastError } from '#contracts';

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** Kafka's variant of MurmurHash2, as a signed 32-bit integer (Austin Appleby's hash; seed fixed by Kafka). */
export function murmur2(key: Uint8Array): number {
  const { length } = key;
  let hash = SEED ^ length;
  const words = length >> 2;
  const at = (index: number): number => key[index] ?? 0;
  for (let word = 0; word < words; word++) {
    const i = word * 4;
    let k = at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24);
    k = Math.imul(k, M);
    k ^= k >>> R;
    k = Math.imul(k, M);
    hash = Math.imul(hash, M) ^ k;
  }
  const tail = words * 4;
  const left = length & 3;
  if (left === 3) hash ^= at(tail + 2) << 16;
  if (left >= 2) hash ^= at(tail + 1) << 8;
  if (left >= 1) {
    hash ^= at(tail);
    hash = Math.imul(hash, M);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  hash ^= hash >>> 15;
  return hash | 0;
}

/** Home partition of a key among `partitions`.
 *  @throws INTERNAL for a partition count below 1 */
export function homePartition(key: string | Uint8Array, partitions: number): number {
  if (!Number.isInteger(partitions) || partitions < 1) {
    throw new RollcastError('INTERNAL', { problem: `a key has no home among ${partitions} partitions` });
  }
  const bytes = typeof key === 'string' ? Buffer.from(key) : key;
  // Masks the sign as Kafka does; the absolute value would differ.
  return (murmur2(bytes) & 0x7fffffff) % partitions;
}
