/** @file One question to this machine and its answer.
 *
 *  Law: a check never throws: what it cannot find out is a failure with a reason. */

export interface Finding {
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}

export interface Check {
  readonly name: string;
  readonly ask: () => Promise<Finding>;
}

export const ok = (detail: string): Finding => ({ status: 'ok', detail });
export const warn = (detail: string, advice: string): Finding => ({ status: 'warn', detail, advice });
export const fail = (detail: string, advice: string): Finding => ({ status: 'fail', detail, advice });

/** All checks at once; each with its name, in the order given. */
export async function findings(checks: readonly Check[]): Promise<(Finding & { readonly name: string })[]> {
  return Promise.all(
    checks.map(async ({ name, ask }) => {
      try {
        return { name, ...(await ask()) };
      } catch (error) {
        return { name, ...fail((error as Error).message, 'this is not expected: please report it') };
      }
    }),
  );
}
