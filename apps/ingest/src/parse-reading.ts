/** @file Bytes to a reading, or the reason why not.
 *
 *  Law: whatever the bytes, the answer is a valid reading or a RollcastError of fate `dead-letter`; nothing is
 *  guessed and nothing repaired. A number too large for a double becomes infinity in JSON: it is let through, so that
 *  the alignment refuses that channel alone. It knows no definition: names of streams and channels are checked later. */
import { eventTimeMs, firstIssue, MAX_READING_BYTES, Reading, RollcastError, seriesKey } from '#contracts';

export interface ParsedReading {
  readonly stream: string;
  readonly series: string;
  /** Kafka key of the series. */
  readonly key: string;
  /** Event time, milliseconds. */
  readonly time: number;
  /** Empty: a tick. A value may be infinite. */
  readonly values: Readonly<Record<string, number | null>>;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The reading in a record's value.
 *  @throws NOT_JSON, TOO_LARGE, WRONG_TYPE */
export function parseReading(value: Uint8Array | null): ParsedReading {
  if (value === null || value.length === 0) throw new RollcastError('NOT_JSON', { problem: 'it is empty' });
  if (value.length > MAX_READING_BYTES) {
    throw new RollcastError('TOO_LARGE', { bytes: value.length, limit: MAX_READING_BYTES });
  }
  return readReading(parseJson(value));
}

/** The reading in a value that is parsed already.
 *  @throws WRONG_TYPE with the path of the first field that does not fit */
export function readReading(json: unknown): ParsedReading {
  const parsed = Reading.safeParse(withoutInfinity(json));
  if (!parsed.success) {
    const { path, problem } = firstIssue(parsed.error);
    throw new RollcastError('WRONG_TYPE', {
      field: path === '' ? 'the reading' : path,
      problem: path === 'time' ? TIME_WANTED : problem,
    });
  }
  const { stream, series } = parsed.data;
  const time = eventTimeMs(parsed.data.time);
  const values = (json as { values?: Record<string, number | null> }).values ?? {};
  return { stream, series, key: seriesKey(stream, series), time, values };
}

const TIME_WANTED =
  'write ISO 8601 with an offset (2013-01-01T06:00:00Z) or whole milliseconds, 1900 to 2200';

function parseJson(value: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(value);
  } catch (error) {
    throw new RollcastError('NOT_JSON', { problem: 'it is not UTF-8' }, error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const literal = /[:[,]\s*(-?(?:NaN|Infinity|nan|inf))\b/.exec(text)?.[1];
    const problem =
      literal === undefined ? (error as SyntaxError).message : `${literal} is not JSON: send null`;
    throw new RollcastError('NOT_JSON', { problem }, error);
  }
}

/** For the schema, which takes finite numbers only; the values themselves are kept. */
function withoutInfinity(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  const { values } = json as { values?: unknown };
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return json;
  const entries = Object.entries(values);
  if (!entries.some(([, value]) => isInfinite(value))) return json;
  return {
    ...json,
    values: Object.fromEntries(
      entries.map(([name, value]) => [name, isInfinite(value) ? null : (value as unknown)]),
    ),
  };
}

const isInfinite = (value: unknown) => value === Infinity || value === -Infinity;
