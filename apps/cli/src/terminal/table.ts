/** @file Tables of text that fit a width.
 *
 *  Law: no line is longer than the width; what must be cut ends in an ellipsis; columns that a person needs whole
 *  (names, numbers) are cut last. Pure. */

export interface TableColumn {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly align?: 'left' | 'right';
  /** Cut this one first: a sentence. */
  readonly mayShrink?: boolean;
}

const GAP = '  ';
/** A column cut below this says nothing any more. */
const NARROWEST = 6;

/** The lines of a table with its titles; cells beyond the columns are not shown.
 *  @param width characters in a line; at least one a column and the gaps are needed */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const all = [columns.map(({ title }) => title), ...rows];
  const natural = columns.map((_, index) => Math.max(0, ...all.map((cells) => lengthOf(cells[index] ?? ''))));
  const widths = fit(natural, columns, width - GAP.length * (columns.length - 1));
  return all.map((cells) =>
    columns
      .map(({ align = 'left' }, index) => cell(cells[index] ?? '', widths[index] ?? 0, align))
      .join(GAP)
      .trimEnd(),
  );
}

/** The text, at most `width` characters of it. */
export function cut(text: string, width: number): string {
  if (lengthOf(text) <= width) return text;
  return width < 1 ? '' : `${[...text].slice(0, width - 1).join('')}…`;
}

/** The text in lines of at most `width` characters, broken at spaces where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (lengthOf(rest) > width) {
    const head = [...rest].slice(0, width + 1).join('');
    const space = head.lastIndexOf(' ');
    const end = space > 0 ? space : [...rest].slice(0, width).join('').length;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

/** Takes from the columns that may shrink, the widest first; then from all. */
function fit(natural: readonly number[], columns: readonly TableColumn[], room: number): number[] {
  const widths = [...natural];
  const rounds = [
    { of: columns.map(({ mayShrink = false }) => mayShrink), least: NARROWEST },
    { of: columns.map(() => true), least: 1 },
  ];
  for (const { of, least } of rounds) {
    for (let over = sum(widths) - room; over > 0; over = sum(widths) - room) {
      const candidates = widths.map((width, index) => (of[index] === true && width > least ? width : 0));
      const widest = Math.max(...candidates);
      if (widest === 0) break;
      // Down to the second widest at most, so that columns of one kind shrink alike.
      const second = Math.max(least, ...candidates.filter((width) => width < widest));
      const index = candidates.indexOf(widest);
      widths[index] = Math.max(widest - over, second < widest ? second : widest - 1);
    }
  }
  return widths;
}

function cell(text: string, width: number, align: 'left' | 'right'): string {
  const shown = cut(text.replace(/\s+/g, ' '), width);
  const padding = ' '.repeat(Math.max(0, width - lengthOf(shown)));
  return align === 'right' ? padding + shown : shown + padding;
}

/** Characters as people count them, not UTF-16 units. */
export function lengthOf(text: string): number {
  return [...text].length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
