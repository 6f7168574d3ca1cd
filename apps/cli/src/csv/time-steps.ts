/** @file How often the series of a file are measured, and how far its rows are out of order. */

export interface TimeSteps {
  /** The most common positive difference between neighbouring times of a series, milliseconds; null: there is none.
   *  Of equally common ones the shortest. */
  readonly frequency: number | null;
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
  const counts = new Map<number, number>();
  for (const list of bySeries.values()) {
    const sorted = Float64Array.from(list).sort();
    for (let index = 1; index < sorted.length; index++) {
      const difference = (sorted[index] as number) - (sorted[index - 1] as number);
      if (difference > 0) counts.set(difference, (counts.get(difference) ?? 0) + 1);
    }
  }
  const ranked = [...counts].sort(([left, often], [right, oftener]) => oftener - often || left - right);
  return { frequency: ranked[0]?.[0] ?? null, disorder, first, last };
}
