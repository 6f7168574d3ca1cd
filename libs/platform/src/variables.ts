/** @file Kinds of environment variables, each with the words that tell what to write.
 *
 *  Law: a value that is refused is never repaired; a default is what the documentation says it is. */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';

/** A whole number of at least `min` and at most `max`. */
export function wholeNumber({ min, max, unit }: { min: number; max: number; unit?: string }) {
  return z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max)
    .describe(`a whole number from ${min} to ${max}${unit === undefined ? '' : ` (${unit})`}`);
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words).describe(`one of ${words.join(', ')}`);
}

/** `true` or `false`. */
export function flag() {
  return z
    .enum(['true', 'false'])
    .transform((word) => word === 'true')
    .describe('true or false');
}

/** A text that is not empty. */
export function text(what: string) {
  return z.string().min(1).describe(what);
}

/** A text that no message and no log may show. */
export function secret(what: string) {
  return z.string().min(1).meta({ secret: true, description: what });
}

/** A URL of one of these protocols. It may hold a password, so it is not shown either.
 *  @param protocols as in `redis:` */
export function url(protocols: readonly string[], what: string) {
  return z
    .string()
    .refine((value) => {
      const parsed = URL.canParse(value) ? new URL(value) : null;
      return parsed !== null && protocols.includes(parsed.protocol) && parsed.hostname !== '';
    })
    .meta({ secret: true, description: what });
}

/** A folder that is there, or can be: no file stands in its way. */
export function folder(what: string) {
  return z.string().min(1).refine(isFolderOrFree).describe(what);
}

function isFolderOrFree(path: string): boolean {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isDirectory() ?? isFolderOrFree(dirname(resolve(path)));
  } catch {
    // A file in the middle of the path, or no right to look.
    return false;
  }
}

/** Entries separated by commas, each of this pattern; at least one. */
export function list(entry: RegExp, what: string) {
  return z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .refine((parts) => parts.length > 0 && parts.every((part) => entry.test(part)))
    .describe(what);
}
