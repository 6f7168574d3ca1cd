/** @file Asks every check and shows the answers: a line each, with what to do where it is not well. */
import { chooseExecutor, EXECUTOR_WISHES } from '#compute';
import { survey } from '#local';
import { unlessAborted } from '#platform';
import type { Context } from '../context.js';
import { type Check, fail, findings, ok } from './check.js';
import { containerCheck, diskCheck, nodeCheck, portsCheck, programsCheck } from './machine-checks.js';
import { kafkaCheck, redisCheck } from './server-checks.js';
import { CommandFailed } from '../failures.js';
import { portsOfUp } from '../ports.js';
import { readSurroundings } from '../surroundings.js';
import { wrap } from '../terminal/table.js';

export interface DoctorOptions {
  readonly json?: true;
}

export async function doctor(context: Context, { json }: DoctorOptions): Promise<void> {
  const { console, env, signal } = context;
  const { kafka, redisUrl, configured, executor } = readSurroundings(context);
  const machine = survey(env);
  const checks = [
    nodeCheck,
    kafkaCheck(kafka, configured.kafka),
    redisCheck(redisUrl, configured.redis),
    containerCheck(machine),
    programsCheck(machine, configured),
    diskCheck(env),
    portsCheck(portsOfUp(configured).map(({ port }) => port)),
    executorCheck(executor),
  ];
  const found = await unlessAborted(findings(checks), signal);
  if (json === true) console.print(JSON.stringify(found, null, 2));
  else {
    const width = Math.max(...found.map(({ name }) => name.length));
    for (const { status, name, detail, advice } of found) {
      const begin = `${status.padEnd(4)}  ${name.padEnd(width)}  `;
      const lines = [detail, ...(advice === undefined ? [] : [`-> ${advice}`])];
      const wrapped = lines.flatMap((line) => wrap(line, console.columns - begin.length));
      wrapped.forEach((line, index) =>
        console.print((index === 0 ? begin : ' '.repeat(begin.length)) + line),
      );
    }
  }
  const failed = found.filter(({ status }) => status === 'fail');
  if (failed.length > 0)
    throw new CommandFailed(`${failed.map(({ name }) => name).join(', ')}: not as it must be`);
}

function executorCheck(wish: string): Check {
  return {
    name: 'executor',
    ask: async () => {
      const advice = `unset ROLLCAST_EXECUTOR to take what works, or write one of ${EXECUTOR_WISHES.join(', ')}`;
      const known = EXECUTOR_WISHES.find((one) => one === wish);
      if (known === undefined) return fail(`ROLLCAST_EXECUTOR is ${JSON.stringify(wish)}`, advice);
      try {
        const { reason } = await chooseExecutor({ wish: known });
        return ok(reason);
      } catch (error) {
        return fail((error as Error).message, advice);
      }
    },
  };
}
