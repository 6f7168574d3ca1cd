/** @file Where a command speaks: results on stdout, everything that is for people alone on stderr.
 *
 *  Law: with `--json` nothing but JSON reaches stdout. On a terminal the last line may be a status that later lines
 *  push down; elsewhere a status is never written. A reader that goes away (`| head`) ends the command quietly. */

export interface Console {
  /** A line, or lines, of the result. */
  readonly print: (text: string) => void;
  /** A line for people. */
  readonly say: (text: string) => void;
  /** The line that stays at the bottom of a terminal; null takes it away. */
  readonly status: (text: string | null) => void;
  /** Characters in a line; 80 where nobody knows. */
  readonly columns: number;
  /** Does a person watch a terminal? */
  readonly live: boolean;
}

/** The part of a stream that is used; a test gives its own. */
export interface Outlet {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const CLEAR_LINE = '\r\u001b[K';
export const PIPED_COLUMNS = 80;

/** A console on two streams. */
export function consoleOn(out: Outlet, err: Outlet): Console {
  const live = err.isTTY === true;
  let bottom: string | null = null;
  const clear = () => (bottom === null ? '' : CLEAR_LINE);
  const lines = (outlet: Outlet, text: string) => {
    if (bottom !== null) err.write(CLEAR_LINE);
    outlet.write(`${text}\n`);
    if (bottom !== null) err.write(bottom);
  };
  return {
    print: (text) => lines(out, text),
    say: (text) => lines(err, text),
    status: (text) => {
      if (!live) return;
      err.write(clear() + (text ?? ''));
      bottom = text;
    },
    // Asked anew each time: a terminal may be resized. One that does not know says 0.
    get columns() {
      return (out.isTTY === true && out.columns) || PIPED_COLUMNS;
    },
    live,
  };
}

/** The console of this process. */
export function processConsole(): Console {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return consoleOn(process.stdout, process.stderr);
}
