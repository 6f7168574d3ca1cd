/** @file Which columns of a file name its series.
 *
 *  The rule: columns are added until no time stands twice for one series: the one that leaves the fewest repetitions
 *  first, of equals the one that is called like a name, then the leftmost. A column that helps nothing is none, except
 *  that a file in which no time repeats may still name its only series, or several that take turns, by a column called
 *  like that.
 *  Candidates are columns of text, and whole numbers that are called like a name (mote_id). */
import type { ColumnProfile } from './column-profile.js';

const NAME_LIKE =
  /(^|[ _.-])(id|name|series|station|sensor|site|machine|device|mote|unit|node|location|origin|asset|entity|plant|pump|host)s?$/i;

/** @param times one a row; null: the file has none, and any column that is called like a name is taken
 *  @returns indexes of columns */
export function seriesColumns(columns: readonly ColumnProfile[], times: readonly number[] | null): number[] {
  const candidates = columns
    .map((column, index) => ({ column, index }))
    .filter(({ column }) => isCandidate(column))
    .sort(
      (left, right) =>
        Number(isNameLike(right.column)) - Number(isNameLike(left.column)) || left.index - right.index,
    );
  const nameLike = candidates.filter(({ column }) => isNameLike(column));
  if (times === null) return nameLike.slice(0, 1).map(({ index }) => index);

  let groups: readonly number[] = times.map(() => 0);
  let repeated = repetitions(times, groups);
  if (repeated === 0) {
    return nameLike
      .filter(({ column }) => column.categories?.size === 1 || takesTurns(column.codes, times))
      .slice(0, 1)
      .map(({ index }) => index);
  }
  const chosen: number[] = [];
  while (repeated > 0) {
    const tries = candidates
      .filter(({ index }) => !chosen.includes(index))
      .map(({ column, index }) => {
        const split = refine(groups, column.codes);
        return { index, split, left: repetitions(times, split) };
      });
    const best = tries.reduce<(typeof tries)[number] | null>(
      (least, one) => (least === null || one.left < least.left ? one : least),
      null,
    );
    if (best === null || best.left >= repeated) break;
    chosen.push(best.index);
    [groups, repeated] = [best.split, best.left];
  }
  return chosen.sort((left, right) => left - right);
}

export const isNameLike = ({ name }: Pick<ColumnProfile, 'name'>) => NAME_LIKE.test(name);

/** Do the rows change their name all the time, in the order of time? Where a sensor has moved they do so once. */
function takesTurns(codes: readonly number[], times: readonly number[]): boolean {
  const rows = times.map((_, row) => row).sort((a, b) => (times[a] as number) - (times[b] as number));
  const changes = rows.filter((row, at) => at > 0 && codes[row] !== codes[rows[at - 1] as number]);
  return changes.length > rows.length / 10;
}

function isCandidate(column: ColumnProfile): boolean {
  // As many names as rows: every row would be a series of its own.
  if (column.categories === null || (column.cells > 1 && column.categories.size > column.cells / 2))
    return false;
  if (column.missing === column.cells) return false;
  if (!column.isNumeric) return !column.isTimes && !column.isClocks;
  return isNameLike(column) && column.missing === 0 && column.decimals === 0;
}

/** Rows whose time their series has had already. */
export function repetitions(times: readonly number[], groups: readonly number[]): number {
  const seen = new Map<number, Set<number>>();
  let count = 0;
  times.forEach((time, row) => {
    const group = groups[row] ?? 0;
    const known = seen.get(group) ?? new Set<number>();
    if (known.has(time)) count += 1;
    known.add(time);
    seen.set(group, known);
  });
  return count;
}

/** Groups split further by the codes of a column, numbered anew. */
export function refine(groups: readonly number[], codes: readonly number[]): number[] {
  const numbers = new Map<string, number>();
  return groups.map((group, row) => {
    const pair = `${group}/${codes[row]}`;
    const known = numbers.get(pair) ?? numbers.size;
    numbers.set(pair, known);
    return known;
  });
}
