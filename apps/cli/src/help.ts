/** @file What the help of several commands has alike. */
import { Option } from 'commander';
import { baseUrl } from './arguments.js';
import { DEFAULT_URL } from './ports.js';

/** One command that a person can type as it stands. */
export function example(command: string): string {
  return `\nExample:\n  $ ${command}`;
}

export function urlOption(): Option {
  return new Option('--url <url>', 'base URL of a running Rollcast').argParser(baseUrl).default(DEFAULT_URL);
}

export function jsonOption(): Option {
  return new Option('--json', 'JSON on stdout and nothing else there');
}
