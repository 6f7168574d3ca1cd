/** @file A service's /metrics as numbers. */

/** Samples by their text: `name{label="value",...}`. */
export type Samples = ReadonlyMap<string, number>;

export async function scrape(url: string): Promise<Samples> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** Sum of a metric over all of its labels, or over those samples that have these labels. */
export function sumOf(samples: Samples, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  let sum = 0;
  for (const [sample, value] of samples) {
    if (!sample.startsWith(`${name}{`)) continue;
    if (wanted.every((label) => sample.includes(label))) sum += value;
  }
  return sum;
}

/** Whether a metric has any sample. */
export function has(samples: Samples, name: string): boolean {
  return [...samples.keys()].some((sample) => sample.startsWith(`${name}{`));
}
