/** @file Event times: ISO 8601 with an offset, or epoch milliseconds; always milliseconds inside. */
import { z } from 'zod';

/** No sensor means a time beyond these, and whatever a definition adds to one stays a date. */
const MIN_TIME = Date.UTC(1900, 0, 1);
const MAX_TIME = Date.UTC(2200, 0, 1);

export const IsoTime = z.iso
  .datetime({ offset: true })
  .meta({ description: 'ISO 8601 with an offset or Z', examples: ['2013-01-01T06:00:00Z'] });

export const isEventTime = (ms: number) => ms >= MIN_TIME && ms <= MAX_TIME;

export const EventTime = z
  .union([IsoTime.refine((time) => isEventTime(Date.parse(time))), z.int().min(MIN_TIME).max(MAX_TIME)])
  .meta({
    description:
      'Event time: ISO 8601 with an offset, or milliseconds since 1970 UTC; from 1900-01-01 to 2200-01-01 UTC',
  });

/** Milliseconds of a valid event time. */
export function eventTimeMs(time: string | number): number {
  return typeof time === 'number' ? time : Date.parse(time);
}

/** How we write times ourselves, always UTC with milliseconds. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
