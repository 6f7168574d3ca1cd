/** @file Forecasts as they stand in the log, held against those that the loop makes.
 *
 *  Law: every expected forecast is published once, to the byte, and no other is: what differs is counted both ways. */

export interface Differences {
  /** Published, but not what the loop makes of that frame. */
  readonly altered: number;
  /** Made by the loop, and not published. */
  readonly missing: number;
  /** Published once more. */
  readonly doubled: number;
  /** The first one in words; null: there is none. */
  readonly first: string | null;
}

export class PublishedComparison {
  private readonly seen = new Set<string>();
  private altered = 0;
  private doubled = 0;
  private first: string | null = null;

  /** @param expected by place (series and origin): the forecast's text */
  constructor(private readonly expected: ReadonlyMap<string, string>) {}

  see(place: string, text: string): void {
    if (this.seen.has(place)) {
      this.doubled += 1;
      this.first ??= `${place} was published twice`;
    }
    this.seen.add(place);
    const expected = this.expected.get(place);
    if (expected === text) return;
    this.altered += 1;
    this.first ??=
      expected === undefined
        ? `${place} was published, and the loop makes no forecast there`
        : `${place} ${whereTheyPart(text, expected)}`;
  }

  /** Call it when all was seen. */
  differences(): Differences {
    const missing = [...this.expected.keys()].filter((place) => !this.seen.has(place));
    const [lost] = missing;
    const { altered, doubled } = this;
    const first = this.first ?? (lost === undefined ? null : `${lost} was not published`);
    return { altered, missing: missing.length, doubled, first };
  }
}

/** Characters that are shown from where two texts part. */
const SHOWN = 40;

function whereTheyPart(published: string, expected: string): string {
  let at = 0;
  while (published[at] === expected[at]) at += 1;
  const from = (text: string) => JSON.stringify(text.slice(at, at + SHOWN));
  return `has ${from(published)} at character ${at} where the loop has ${from(expected)}`;
}
