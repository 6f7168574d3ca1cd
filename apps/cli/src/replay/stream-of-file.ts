/** @file The name of a stream after the name of its file. Pure. */
import { basename } from 'node:path';
import { StreamName } from '#contracts';
import { CommandFailed } from '../failures.js';

/** `data/nyc-weather-2013.csv.gz` is the stream `nyc-weather-2013`.
 *  @throws CommandFailed when nothing is left of the name */
export function nameOf(path: string): string {
  const plain = basename(path)
    .replace(/(\.(csv|tsv|txt|gz))+$/i, '')
    .replace(/[^a-zA-Z0-9._-]+/g, '-')
    .replace(/^[^a-zA-Z0-9]+/, '')
    .slice(0, 64);
  const parsed = StreamName.safeParse(plain);
  if (parsed.success) return parsed.data;
  throw new CommandFailed(`no stream can be named after ${path}: name it with --stream`);
}
