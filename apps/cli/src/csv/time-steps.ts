/** @file How often the series of a file are measured, and how far its rows are out of order.
 *
 *  The rule for the frequency: the most common difference between neighbouring times, where nine in ten are whole
 *  multiples of it (gaps) and one in ten is it. Otherwise times scatter, and which difference is the most common is
 *  chance: then it is the median difference, taken for the period that people choose (1, 2, 5, 10 s, ...; 1 h, ...;
 *  1 d, ...) where one lies within a twentieth.
 *
 *  Law: times that are exactly as far apart as they are keep their period, however odd; the order of rows changes
 *  nothing but the disorder. */

export interface TimeSteps {
  /** Milliseconds; null: no series has two times. */
  readonly frequency: number | null;
  /** Where times scatter: how far differences lie from the frequency, those below one and a half of it, at most;
   *  milliseconds. Otherwise 0. */
  readonly scatter: number;
  /** Lie half of the differences within half of the frequency from it? Otherwise the times come at random. */
  readonly regular: boolean;
  /** How far a row's time lies behind the greatest before it of its series, at most; milliseconds. */
  readonly disorder: number;
  readonly first: number;
  readonly last: number;
}

/** @param times one a row, in file order
 *  @param seriesOf the series of a row, as a number */
export function timeSteps(times: readonly number[], seriesOf: (row: number) => number): TimeSteps {
  const bySeries = new Map<number, number[]>();
  let [disorder, first, last] = [0, Infinity, -Infinity];
  const greatest = new Map<number, number>();
  times.forEach((time, row) => {
    const series = seriesOf(row);
    const list = bySeries.get(series);
    if (list === undefined) bySeries.set(series, [time]);
    else list.push(time);
    const ahead = greatest.get(series) ?? time;
    disorder = Math.max(disorder, ahead - time);
    greatest.set(series, Math.max(ahead, time));
    first = Math.min(first, time);
    last = Math.max(last, time);
  });
  return { ...period(differencesOf([...bySeries.values()])), disorder, first, last };
}

/** Positive differences between neighbouring times of each series, ascending. */
function differencesOf(series: readonly (readonly number[])[]): Float64Array {
  const differences: number[] = [];
  for (const list of series) {
    const sorted = Float64Array.from(list).sort();
    for (let index = 1; index < sorted.length; index++) {
      const difference = (sorted[index] as number) - (sorted[index - 1] as number);
      if (difference > 0) differences.push(difference);
    }
  }
  return Float64Array.from(differences).sort();
}

function period(differences: Float64Array): Pick<TimeSteps, 'frequency' | 'scatter' | 'regular'> {
  const median = differences[Math.floor((differences.length - 1) / 2)];
  if (median === undefined) return { frequency: null, scatter: 0, regular: true };
  const { value, often } = mostCommon(differences);
  const share = (holds: (difference: number) => boolean) =>
    differences.filter(holds).length / differences.length;
  if (often >= differences.length / 10 && share((difference) => difference % value === 0) >= 0.9)
    return { frequency: value, scatter: 0, regular: true };
  const frequency = nearestPeriod(median);
  const scatter = differences.reduce(
    (most, one) => (one < 1.5 * frequency ? Math.max(most, Math.abs(one - frequency)) : most),
    0,
  );
  const regular = share((difference) => Math.abs(difference - frequency) <= frequency / 2) >= 0.5;
  return { frequency, scatter, regular };
}

/** @param sorted not empty
 *  @returns of equally common ones the shortest */
function mostCommon(sorted: Float64Array): { value: number; often: number } {
  let best = { value: sorted[0] as number, often: 0 };
  let begin = 0;
  for (let index = 1; index <= sorted.length; index++) {
    if (sorted[index] === sorted[begin]) continue;
    if (index - begin > best.often) best = { value: sorted[begin] as number, often: index - begin };
    begin = index;
  }
  return best;
}

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000] as const;

/** What people choose, milliseconds. */
const PERIODS = [
  ...[1, 2, 5, 10, 20, 25, 40, 50, 100, 200, 250, 500],
  ...[1, 2, 5, 10, 15, 20, 30].flatMap((count) => [count * SECOND, count * MINUTE]),
  ...[1, 2, 3, 4, 6, 8, 12].map((count) => count * HOUR),
  ...[1, 2, 3, 7, 14].map((count) => count * DAY),
] as const;

/** Farthest that a typical difference may lie from the period it is taken for. */
const NEAR = 0.05;

function nearestPeriod(difference: number): number {
  const near = PERIODS.find((one) => Math.abs(difference - one) <= NEAR * one);
  return near ?? difference;
}
