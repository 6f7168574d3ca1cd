/** @file What belongs to a whole partition, kept with its position in the changelog. */
import { describeIssues, RollcastError } from '#contracts';
import { z } from 'zod';

const PartitionState = z.object({
  /** Greatest record timestamp so far; null: none. */
  now: z.union([z.number(), z.null()]),
  /** Who serves, by stream, where it is not the cold start. */
  inForce: z.record(z.string(), z.object({ version: z.string(), before: z.string() })),
  /** Offsets of frames that were given up as POISON, those that a rebuild may meet: no state has seen them. */
  rejected: z.array(z.string().regex(/^\d+$/)).readonly(),
});
export type PartitionState = z.infer<typeof PartitionState>;

/** @param stored null: the partition begins
 *  @throws INTERNAL for what is none of ours */
export function partitionStateOf(stored: unknown): PartitionState {
  if (stored === null || stored === undefined) return { now: null, inForce: {}, rejected: [] };
  const parsed = PartitionState.safeParse(stored);
  if (parsed.success) return parsed.data;
  throw new RollcastError('INTERNAL', {
    problem: `the stored state of the partition is not one of ours: ${describeIssues(parsed.error)}`,
  });
}
