/** @file Event times: ISO 8601 with an offset, or epoch milliseconds; always milliseconds inside. */
import { z } from 'zod';

/** Beyond these no `Date` is exact enough to be a sensor's: years 1900 to 2200. */
const MIN_TIME = Date.UTC(1900, 0, 1);
const MAX_TIME = Date.UTC(2200, 0, 1);

export const IsoTime = z.iso
  .datetime({ offset: true })
  .meta({ description: 'ISO 8601 with an offset or Z', examples: ['2013-01-01T06:00:00Z'] });

export const EventTime = z
  .union([IsoTime, z.int().min(MIN_TIME).max(MAX_TIME)])
  .meta({ description: 'Event time: ISO 8601 with an offset, or milliseconds since 1970 UTC' });

/** Milliseconds of a valid event time. */
export function eventTimeMs(time: string | number): number {
  return typeof time === 'number' ? time : Date.parse(time);
}

/** How we write times ourselves, always UTC with milliseconds. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
