/** @file The chosen series as the fragment of the address, so that a link or a reload comes back to it. */

export interface Choice {
  readonly stream: string;
  /** Null: the stream as such, which has no series yet. */
  readonly series: string | null;
}

/** @example addressOf({ stream: 'weather', series: 'hall/3' }) = '#/weather/hall%2F3' */
export function addressOf({ stream, series }: Choice): string {
  const end = series === null ? '' : `/${encodeURIComponent(series)}`;
  return `#/${encodeURIComponent(stream)}${end}`;
}

/** @returns null for anything that is not an address of ours */
export function choiceOf(fragment: string): Choice | null {
  const match = /^#\/([^/]+)(?:\/([^/]+))?$/.exec(fragment);
  if (match?.[1] === undefined) return null;
  try {
    return {
      stream: decodeURIComponent(match[1]),
      series: match[2] === undefined ? null : decodeURIComponent(match[2]),
    };
  } catch {
    return null;
  }
}
