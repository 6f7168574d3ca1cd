/** @file What this machine has of what servers need, for the start itself and for people who ask before.
 *
 *  Law: nothing is installed here. What is found is what a start would take; what it would say of the rest is the plan. */
import { cacheFolder } from './cache-folder.js';
import { containerRuntimeAnswers } from './containers.js';
import { isKafkaInstalled } from './kafka-installation.js';
import {
  findCommand,
  findJava,
  findRedis,
  type InstallPlan,
  type Need,
  NEEDS,
  planFor,
  thisMachine,
} from './packages.js';

/** A program that a local server needs. */
export interface ServerProgram {
  readonly need: Need;
  readonly server: 'kafka' | 'redis';
  /** As it says it itself, or `found`; null: there is none, or one too old. */
  readonly version: string | null;
}

export interface Survey {
  /** Does a container runtime answer? */
  readonly containers: boolean;
  readonly programs: readonly (ServerProgram & {
    /** As a message says it. */
    readonly what: string;
    /** What is done about it alone. */
    readonly plan: InstallPlan;
  })[];
}

/** Everything that local servers need here. */
export async function serverPrograms(cache: string): Promise<ServerProgram[]> {
  const [java, redis] = await Promise.all([findJava(), findRedis()]);
  const maven = findCommand(NEEDS.maven.commands) === undefined ? null : 'found';
  return [
    { need: 'java', server: 'kafka', version: java?.version ?? null },
    // Maven is only for the first time.
    ...(isKafkaInstalled(cache) ? [] : [{ need: 'maven', server: 'kafka', version: maven } as const]),
    { need: 'redis', server: 'redis', version: redis?.version ?? null },
  ];
}

export async function survey(env: Readonly<Record<string, string | undefined>>): Promise<Survey> {
  const [containers, programs] = await Promise.all([
    containerRuntimeAnswers(),
    serverPrograms(cacheFolder(env)),
  ]);
  return {
    containers,
    programs: programs.map((program) => ({
      ...program,
      what: NEEDS[program.need].what,
      plan: planFor(program.version === null ? [program.need] : [], thisMachine()),
    })),
  };
}
