/** @file What a schema has to say, as one line a person can act on.
 *
 *  Law: a message that a schema of ours gives is kept as it is; zod's own are said anew by their code. Ours begin with a
 *  small letter, zod's with a capital. Whatever was sent, the line is short and soon made: somebody may send a hundred
 *  thousand wrong values under names of any length, and the line goes into headers, answers and logs. */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;
type Bound = Extract<Issue, { code: 'too_small' | 'too_big' }>;

/** Issues that are said; that there are more is said too. */
const MOST = 10;
/** Letters of a line, and of one name in it. */
const LONGEST_LINE = 2_000;
const LONGEST_NAME = 200;

/** `channels.0.name: is missing; frequency: write a duration like ...` */
export function describeIssues(error: z.ZodError): string {
  return cut(told(error.issues), LONGEST_LINE);
}

/** The first issue alone, its path apart from its words; the path of the whole value is empty. */
export function firstIssue({ issues }: z.ZodError): { readonly path: string; readonly problem: string } {
  const [first] = issues;
  if (first === undefined) return { path: '', problem: 'does not fit' };
  return { path: pathOf(first), problem: inWords(first) };
}

function inWords(issue: Issue): string {
  if (!/^[A-Z]/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return mismatch([issue.expected], receivedOf(issue));
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${list(issue.values)}`;
    case 'too_small':
      return bound(issue, issue.minimum, issue.inclusive === false ? 'more than' : 'at least');
    case 'too_big':
      return bound(issue, issue.maximum, issue.inclusive === false ? 'less than' : 'at most');
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return `no such field: ${list(issue.keys)}`;
    case 'invalid_format':
      return issue.pattern === undefined || issue.format !== 'regex'
        ? `must be a valid ${issue.format}`
        : `must match the pattern ${issue.pattern}`;
    case 'invalid_key':
      return `its name: ${told(issue.issues)}`;
    case 'invalid_union':
      return noneOf(issue.errors);
    case 'invalid_element':
    case 'custom':
      return 'does not fit';
  }
}

function told(issues: readonly Issue[]): string {
  // Only the next one can be the same: zod says all of a value in a row.
  const different = issues.filter((issue, index) => !isSameBound(issue, issues[index + 1]));
  const said = different.slice(0, MOST).map((issue) => {
    const path = pathOf(issue);
    return path === '' ? inWords(issue) : `${path}: ${inWords(issue)}`;
  });
  return [...said, ...(different.length > MOST ? ['and more'] : [])].join('; ');
}

function pathOf({ path }: Issue): string {
  return cut(path.map(String).join('.'), LONGEST_NAME);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

/** Whole numbers have the bound of what a double counts exactly, and then their own: the later one says more. */
function isSameBound(issue: Issue, later: Issue | undefined): boolean {
  return (
    (issue.code === 'too_big' || issue.code === 'too_small') &&
    later?.code === issue.code &&
    pathOf(later) === pathOf(issue)
  );
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const UNITS: Readonly<Record<string, string>> = { string: 'character', array: 'item', map: 'entry' };

/** The only place where zod tells what it was given. */
function receivedOf({ message }: Issue): string {
  return /received (\S+)$/.exec(message)?.[1] ?? '';
}

function mismatch(expected: readonly string[], received: string): string {
  if (received === 'undefined') return 'is missing';
  const wanted = `must be ${expected.map((type) => TYPES[type] ?? type).join(' or ')}`;
  // A number that is not whole is a number all the same.
  const isSaid = received === '' || (received === 'number' && expected.includes('int'));
  return isSaid ? wanted : `${wanted}, not ${TYPES[received] ?? received}`;
}

function bound({ origin }: Bound, limit: number | bigint, relation: string): string {
  const unit = UNITS[origin];
  if (unit === undefined) return `must be ${relation} ${limit}`;
  return `must have ${relation} ${limit} ${unit}${Number(limit) === 1 ? '' : 's'}`;
}

/** Of alternatives, those of the right type say what is wrong; where all are of another type, the types do. */
function noneOf(alternatives: readonly (readonly Issue[])[]): string {
  const types: string[] = [];
  const others: string[] = [];
  let received = '';
  for (const issues of alternatives) {
    const [first] = issues;
    if (first?.code === 'invalid_type' && first.path.length === 0) {
      types.push(first.expected);
      received = receivedOf(first);
    } else others.push(told(issues));
  }
  if (others.length > 0) return [...new Set(others)].join(', or ');
  return types.length === 0 ? 'does not fit' : mismatch(types, received);
}

function list(values: readonly unknown[]): string {
  const said = values
    .slice(0, MOST)
    .map((value) => cut(typeof value === 'string' ? `"${value}"` : String(value), LONGEST_NAME));
  return [...said, ...(values.length > MOST ? ['...'] : [])].join(', ');
}
