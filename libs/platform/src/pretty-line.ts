/** @file One log entry as one line for a terminal: time, level, message, fields.
 *
 *  Law: one entry is one line, whatever is in it, except the stack of an error; a line that is no JSON passes as it is. */

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

interface Entry {
  readonly level: number;
  readonly time: number;
  readonly name?: string;
  readonly msg?: string;
  readonly err?: { readonly stack?: string };
}

/** Renders a JSON log line; ends with a newline. */
export function prettyLine(line: string): string {
  const parsed = parse(line);
  if (parsed === undefined) return line.endsWith('\n') ? line : `${line}\n`;
  const { level, time, name = '', msg = '', err, ...rest } = parsed;
  const clock = new Date(time).toISOString().slice(11, 23);
  const fields = Object.entries(rest)
    .filter(([field]) => field !== 'pid' && field !== 'hostname')
    .map(([field, value]) => ` ${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const text = `${clock} ${LEVELS[level] ?? level} ${name}: ${msg}${fields.join('')}`.replaceAll('\n', ' ');
  return err?.stack === undefined ? `${text}\n` : `${text}\n${err.stack}\n`;
}

function parse(line: string): Entry | undefined {
  try {
    const value = JSON.parse(line) as Entry;
    return typeof value === 'object' && value !== null && typeof value.time === 'number' ? value : undefined;
  } catch {
    return undefined;
  }
}
