/** @file How every command's help ends. */

/** One command that a person can type as it stands. */
export function example(command: string): string {
  return `\nExample:\n  $ ${command}`;
}
