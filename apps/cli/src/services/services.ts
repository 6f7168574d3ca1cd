/** @file The three services, started together as processes of their own.
 *
 *  Law: when it resolves all of them are ready; if one cannot start, or dies later, the others are not left behind by
 *  whoever closes `closing`, and `signal` is aborted with what the dead one said last. */
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { ServiceName } from '#contracts';
import type { Closing } from '../closing.js';
import { type ServicePlan, ServiceProcess } from './service-process.js';

export interface RunningServices {
  /** Base URL of each. */
  readonly urls: Readonly<Record<ServiceName, string>>;
  /** Aborted by the given signal, or when a service dies; the reason is an error to throw. */
  readonly signal: AbortSignal;
}

export const SERVICES: readonly ServiceName[] = ['ingest', 'trainer', 'predictor'];

/** A broker with much on its disk takes its time; so does a Redis that loads its file. */
const READY_MS = 90_000;

/** What node runs for a service of this build. */
export function scriptOf(service: ServiceName): string {
  return fileURLToPath(new URL(`../../../${service}/src/main.js`, import.meta.url));
}

export interface ServicesOptions {
  readonly env: (service: ServiceName) => Readonly<Record<string, string>>;
  /** Log files go here: `<service>.log`. */
  readonly logFolder: string;
  readonly script?: (service: ServiceName) => string;
  readonly readyWithinMs?: number;
}

/** @throws CommandFailed with the last words of the service that cannot start */
export async function startServices(
  options: ServicesOptions,
  closing: Closing,
  signal: AbortSignal,
): Promise<RunningServices> {
  const { env, logFolder, script = scriptOf, readyWithinMs = READY_MS } = options;
  const processes = SERVICES.map((name): ServiceProcess => {
    const plan: ServicePlan = {
      name,
      script: script(name),
      env: env(name),
      logFile: join(logFolder, `${name}.log`),
    };
    return new ServiceProcess(plan);
  });
  const killAll = () => processes.forEach((one) => one.kill());
  process.on('exit', killAll);
  closing.add('the services', async () => {
    await Promise.all(processes.map((one) => one.stop()));
    process.off('exit', killAll);
  });
  const died = new AbortController();
  for (const one of processes) one.failure.catch((reason: unknown) => died.abort(reason));
  const either = AbortSignal.any([signal, died.signal]);
  const urls = await Promise.all(processes.map((one) => one.untilReady(readyWithinMs, either)));
  const [ingest = '', trainer = '', predictor = ''] = urls;
  return { urls: { ingest, trainer, predictor }, signal: either };
}
