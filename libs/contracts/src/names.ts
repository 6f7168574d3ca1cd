/** @file Names on the wire: streams, series, channels, and the Kafka key that they make.
 *
 *  Law: `parseSeriesKey(seriesKey(stream, series))` gives both back, also from the key's bytes in UTF-8; a stream's name
 *  holds no `/`, so a series may. */
import { z } from 'zod';

/** Names stand in the paths of HTTP, where dots between slashes lead out of their place: clients resolve them, and proxies
 *  refuse them however they are escaped. */
const noWayOut = /^(?!\.$|\.\.)(?!.*\/\.\.)(?!.*\.\.(?:\/|$))/;
const NO_WAY_OUT_WANTED = 'not "." alone, and no ".." at an end or beside a slash';

/** Also part of topic keys, URLs and BullMQ job ids (which forbid `:`). */
export const StreamName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/, 'use 1 to 64 letters, digits, dots, dashes or underscores')
  .regex(noWayOut, NO_WAY_OUT_WANTED)
  .meta({ description: 'Name of a stream', examples: ['weather'] });

/** No control characters, and no half of a character: JSON can escape one, UTF-8 cannot say it, so two series would have
 *  one Kafka key. Written so that the JSON Schema says it to validators that know no `\p{Cc}`. */
const printable = /^(?:[^\u0000-\u001f\u007f-\u009f\ud800-\udfff]|[\ud800-\udbff][\udc00-\udfff])+$/;
const PRINTABLE_WANTED = 'whole characters, no control characters';

export const SeriesName = z
  .string()
  .min(1)
  .max(200)
  .regex(printable, PRINTABLE_WANTED)
  .regex(noWayOut, NO_WAY_OUT_WANTED)
  .meta({ description: 'Name of one entity of the stream: a machine, a site', examples: ['EWR'] });

export const ChannelName = z
  .string()
  .min(1)
  .max(64)
  .regex(printable, PRINTABLE_WANTED)
  .regex(/^(?!__proto__$)/, 'this name is reserved')
  .meta({ description: 'Name of one sensor variable', examples: ['temperature_f'] });

/** Kafka key of everything that belongs to a series. */
export function seriesKey(stream: string, series: string): string {
  return `${stream}/${series}`;
}

/** @returns null when the key is not one of ours. */
export function parseSeriesKey(key: string): { readonly stream: string; readonly series: string } | null {
  const slash = key.indexOf('/');
  if (slash <= 0 || slash === key.length - 1) return null;
  return { stream: key.slice(0, slash), series: key.slice(slash + 1) };
}
