/** @file What the service and its training thread say to each other.
 *
 *  Law: an error keeps its code and its details on the way; what is no error of ours arrives as INTERNAL, and its stack
 *  with it. Checkpoints go through the service, so the thread knows no store, no Kafka and no environment. */
import type { ExecutorWish } from '#compute';
import {
  describeError,
  type ErrorCode,
  ERRORS,
  type OffsetRange,
  RollcastError,
  type TrainingProgress,
} from '#contracts';
import type { FittedVersion, RefitResult, StreamHistory } from '#engine';
import type { StoredArtifact } from '#model-store';

/** What one thread is started for. */
export type ThreadOrder =
  | { readonly task: 'choose executor'; readonly wish: ExecutorWish }
  | ({ readonly task: 'refit'; readonly wish: ExecutorWish } & RefitOrder);

/** With what a thread is started. */
export type ThreadStart = ThreadOrder & {
  /** Of its `NativeGate`. */
  readonly gate: SharedArrayBuffer;
};

export interface RefitOrder {
  readonly history: StreamHistory;
  readonly ranges: readonly OffsetRange[];
  readonly seed: number;
  /** null: the cold start serves. */
  readonly champion: { readonly stored: StoredArtifact; readonly version: string } | null;
  /** Where an earlier run of the job was cut off; null: nowhere. */
  readonly checkpoint: Uint8Array | null;
}

/** A refit's result as it arrives. */
export interface ThreadRefit extends Omit<RefitResult, 'fitted' | 'championProblem'> {
  readonly fitted: readonly FittedVersion[];
  readonly championProblem: PlainError | null;
}

export type ToThread =
  { readonly what: 'abort' } | { readonly what: 'stored'; readonly problem: PlainError | null };

export type FromThread =
  | { readonly what: 'progress'; readonly progress: TrainingProgress }
  /** Answered by `stored`; one at a time. */
  | { readonly what: 'checkpoint'; readonly bytes: Uint8Array }
  | { readonly what: 'refitted'; readonly refit: ThreadRefit }
  | { readonly what: 'chosen'; readonly reason: string }
  | { readonly what: 'failed'; readonly problem: PlainError };

/** An error as a structured clone keeps it. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly stack: string;
}

export function toPlain(error: unknown): PlainError {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  if (!(error instanceof RollcastError)) {
    return { code: 'INTERNAL', details: { problem: describeError(error) }, stack };
  }
  return { code: error.code, details: cloneable(error.details), stack };
}

export function fromPlain({ code, details, stack }: PlainError): RollcastError {
  const error = new RollcastError(code in ERRORS ? code : 'INTERNAL', details);
  if (stack !== '') error.stack = stack;
  return error;
}

/** Details are small and printable; what cannot travel does so as text. */
function cloneable(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => {
      try {
        return [name, structuredClone(value)];
      } catch {
        return [name, describeError(value)];
      }
    }),
  );
}
