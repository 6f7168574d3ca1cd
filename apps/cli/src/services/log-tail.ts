/** @file The end of a log file, for a person who must know why a service died.
 *
 *  Law: never throws; a line that is no JSON is shown as it is. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const TAIL_BYTES = 16 * 1024;

/** At most `count` lines, readable. */
export function lastLines(path: string, count: number): string[] {
  return tailOf(path)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .flatMap(readable);
}

/** A structured line as text, with the first lines of its error's stack. */
export function readable(line: string): string[] {
  let fields: {
    time?: unknown;
    level?: unknown;
    msg?: unknown;
    err?: { stack?: unknown; message?: unknown };
  };
  try {
    fields = JSON.parse(line) as typeof fields;
  } catch {
    return [line];
  }
  if (typeof fields !== 'object' || fields === null || typeof fields.msg !== 'string') return [line];
  const time = typeof fields.time === 'number' ? `${new Date(fields.time).toISOString().slice(11, 19)} ` : '';
  const stack = fields.err?.stack ?? fields.err?.message;
  return [`${time}${fields.msg}`, ...(typeof stack === 'string' ? stack.split('\n').slice(0, 4) : [])];
}

function tailOf(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const from = Math.max(0, size - TAIL_BYTES);
      const buffer = Buffer.alloc(size - from);
      const read = readSync(file, buffer, 0, buffer.length, from);
      const text = buffer.toString('utf8', 0, read);
      // The first line of a tail is half a line.
      return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}
