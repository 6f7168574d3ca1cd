/** @file The jars of the local broker, and a formatted empty storage to copy, in the user's cache folder.
 *
 *  Formatting needs a Java start of its own (2.4 s measured), so it is done once; each run copies the result and
 *  gives it a cluster id of its own.
 *
 *  Law: the folder of a version appears whole or not at all, and is never written again. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RollcastError } from '#contracts';
import { prepareOnce } from './cache-folder.js';
import { serverProperties } from './kafka-settings.js';
import { NEEDS, findCommand, stillMissing } from './packages.js';
import { projectFile } from './project-file.js';

/** Equal to the version in deploy/local/pom.xml (a test compares them). */
export const KAFKA_VERSION = '4.4.0';
export const POM = 'deploy/local/pom.xml';

export interface KafkaInstallation {
  readonly version: string;
  /** Class path with every jar. */
  readonly classPath: string;
  /** A formatted storage folder; copy it, never use it. */
  readonly formatted: string;
}

/** Whether the cache has it already. */
export function isKafkaInstalled(cache: string): boolean {
  return existsSync(installationFolder(cache));
}

function installationFolder(cache: string): string {
  return join(cache, `kafka-${KAFKA_VERSION}`);
}

/** Brings jars and formatted storage into the cache unless they are there.
 *  @throws RollcastError BAD_CONFIGURATION with Maven's or the formatter's own words */
export async function installKafka(
  cache: string,
  java: string,
  say: (line: string) => void,
): Promise<KafkaInstallation> {
  const folder = installationFolder(cache);
  const installation = {
    version: KAFKA_VERSION,
    classPath: join(folder, 'jars', '*'),
    formatted: join(folder, 'formatted'),
  };
  if (isKafkaInstalled(cache)) return installation;
  const begun = performance.now();
  say(`fetching the jars of Apache Kafka ${KAFKA_VERSION} with Maven into ${folder} (about 43 MB, once)`);
  await prepareOnce(folder, async (prepared) => {
    // A copy of the pom: Maven may leave files beside it, and the checkout may be read-only.
    const pom = join(prepared, 'pom.xml');
    copyFileSync(projectFile(POM), pom);
    const copy = ['-q', '-B', '-C', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime'];
    await tell(mavenCommand(), [...copy, `-DoutputDirectory=${join(prepared, 'jars')}`], 'Maven');
    const properties = join(prepared, 'format.properties');
    const formatted = join(prepared, 'formatted');
    writeFileSync(properties, serverProperties({ port: 9092, controllerPort: 9093, dataFolder: formatted }));
    const format = ['kafka.tools.StorageTool', 'format', '-t', newUuid(), '-c', properties];
    await tell(java, ['-cp', join(prepared, 'jars', '*'), ...format], 'formatting the storage');
  });
  say(`Apache Kafka ${KAFKA_VERSION} is in the cache (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  return installation;
}

/** Gives a broker its data folder: a copy of the formatted one under new ids, unless the folder has data already. */
export function prepareStorage({ formatted }: KafkaInstallation, dataFolder: string): void {
  if (existsSync(join(dataFolder, 'meta.properties'))) return;
  mkdirSync(join(dataFolder, '..'), { recursive: true });
  const prepared = `${dataFolder}.preparing`;
  cpSync(formatted, prepared, { recursive: true });
  const meta = join(prepared, 'meta.properties');
  const own = readFileSync(meta, 'utf8')
    .replace(/^cluster\.id=.*$/m, `cluster.id=${newUuid()}`)
    .replace(/^directory\.id=.*$/m, `directory.id=${newUuid()}`);
  writeFileSync(meta, own);
  renameSync(prepared, dataFolder);
}

/** Kafka's ids: 16 random bytes as 22 characters; a leading dash would read as an option. */
function newUuid(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newUuid() : id;
}

function mavenCommand(): string {
  const command = findCommand(NEEDS.maven.commands);
  if (command === undefined) throw stillMissing('maven');
  return command;
}

async function tell(command: string, args: string[], what: string): Promise<void> {
  try {
    await promisify(execFile)(command, args, { maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-10).join('\n');
    throw new RollcastError('BAD_CONFIGURATION', { problem: `${what} failed: ${said}` }, error);
  }
}
