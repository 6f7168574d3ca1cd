/** @file A frame of a series, and where it lies in the log of its partition. */
import type { ObservedFrame } from '#engine';

/** A frame's place in the log of its partition. */
export interface Place {
  readonly offset: bigint;
  /** Greatest record timestamp of the partition up to here, milliseconds. */
  readonly now: number;
}

export interface LoggedFrame extends ObservedFrame, Place {
  /** Of its series, as the one who wrote the frame counts them; null: it does not say. */
  readonly life: number | null;
}
