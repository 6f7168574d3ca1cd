/** @file What must become of every frame, from the log and the definitions alone: the predictor's rules said once more,
 *  one frame after the other, without batches, states or restarts.
 *
 *  Law: shares nothing with the predictor but the contract, so that what it and its twin both do wrong is seen here. */
import { durationMs, formatTime, Frame, type StreamDefinition } from '#contracts';
import type { InputRecord } from '#kafka';
import type { DefinitionChange } from './given-log.js';

export type Fate = 'unreadable' | 'undefined' | 'late' | 'begins' | 'comes back' | 'goes on';

export interface FrameFate {
  readonly fate: Fate;
  readonly partition: number;
  readonly offset: bigint;
  /** Where it can be read. */
  readonly stream?: string;
  readonly series?: string;
  /** Where it is defined: the grid step that it falls into, and its begin. */
  readonly definition?: StreamDefinition;
  readonly time?: string;
  /** Of a series that comes back: at a step that its former life has had already. */
  readonly isAgain?: boolean;
}

interface Life {
  readonly definition: StreamDefinition;
  readonly step: number;
  readonly seen: number;
}

/** Whether it is forecast and judged. */
export function isServed({ fate }: FrameFate): boolean {
  return fate === 'begins' || fate === 'comes back' || fate === 'goes on';
}

/** @param frames of one partition, in order
 *  @param definitions at the beginning, and as they changed */
export function frameFates(
  frames: readonly InputRecord[],
  definitions: readonly StreamDefinition[],
  changes: readonly DefinitionChange[],
): FrameFate[] {
  const lives = new Map<string, Life>();
  let now = -Infinity;
  return frames.map(({ value, partition, offset, timestamp }) => {
    now = Math.max(now, timestamp);
    const frame = readable(value);
    if (frame === null) return { fate: 'unreadable', partition, offset };
    const { stream, series } = frame;
    const change = changes.findLast(({ at }) => (at[partition] ?? 0n) <= offset);
    const definition = (change?.definitions ?? definitions).find((one) => one.stream === stream);
    if (definition === undefined) return { fate: 'undefined', partition, offset, stream, series };
    const frequencyMs = durationMs(definition.frequency);
    const step = Math.floor(Date.parse(frame.time) / frequencyMs);
    const said = { partition, offset, stream, series, definition, time: formatTime(step * frequencyMs) };
    const key = `${stream}/${series}`;
    const life = lives.get(key);
    const isNew = life?.definition !== definition;
    const isExpired = !isNew && now - life.seen >= durationMs(definition.expireAfter);
    const isBehind = !isNew && step <= life.step;
    if (isBehind && !isExpired) return { ...said, fate: 'late' };
    lives.set(key, { definition, step, seen: now });
    if (isNew) return { ...said, fate: 'begins' };
    return isExpired ? { ...said, fate: 'comes back', isAgain: isBehind } : { ...said, fate: 'goes on' };
  });
}

function readable(value: Buffer | null): Frame | null {
  try {
    return Frame.parse(JSON.parse(String(value)));
  } catch {
    return null;
  }
}
