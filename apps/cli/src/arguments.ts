/** @file What people write after an option, checked where it is read. Pure.
 *
 *  Law: a refusal says what to write instead; commander turns it into exit code 2. */
import { InvalidArgumentError } from 'commander';
import { describeIssues, Duration, durationMs, StreamName } from '#contracts';

/** Times faster than the file's own time; `max`: as fast as it goes. */
export type Speed = number | 'max';

export function speed(text: string): Speed {
  if (text === 'max') return 'max';
  const factor = Number(text);
  if (text.trim() === '' || !Number.isFinite(factor) || factor <= 0) {
    throw new InvalidArgumentError("Write a number above 0 (times faster than the file's own time), or max.");
  }
  return factor;
}

/** A duration as it is written on the wire. */
export function duration(text: string): string {
  const parsed = Duration.safeParse(text);
  if (!parsed.success || durationMs(parsed.data) === 0) {
    throw new InvalidArgumentError('Write a duration like 500ms, 5s, 15m, 1h or 7d.');
  }
  return parsed.data;
}

/** Names separated by commas; a name may be quoted by nothing, so it holds no comma. */
export function names(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.some((part) => part === '')) {
    throw new InvalidArgumentError('Write names of columns separated by commas, like station,sensor.');
  }
  return parts;
}

export function streamName(text: string): string {
  const parsed = StreamName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(`For the name of a stream, ${describeIssues(parsed.error)}.`);
}

/** Reads a whole number between two bounds. */
export function wholeNumberBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Write a whole number from ${min} to ${max}.`);
  };
}

export const port = wholeNumberBetween(1, 65_535);

/** `http://host:port` without a slash at its end. */
export function baseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError('Write a URL like http://127.0.0.1:3000.');
  }
  return text.replace(/\/+$/, '');
}
