/** @file Why a file that somebody named cannot be read, in words instead of the system's codes. */

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'there is no such folder',
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
};

/** `cannot read a.csv: there is no such file` */
export function unreadable(path: string, error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return `cannot read ${path}: ${WORDS[code] ?? message}`;
}
