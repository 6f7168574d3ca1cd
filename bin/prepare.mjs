/** @file Makes a fresh clone ready to run: right Node, installed packages, built sources. Needs no package itself.
 *
 *  Law: what is up to date is not done again and not mentioned; what is done is said in one line with the time it
 *  took. Everything is said on stderr: stdout belongs to the command that follows. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => join(ROOT, ...parts);
const read = (...parts) => readFileSync(at(...parts));
const hashOf = (...contents) =>
  contents.reduce((hash, content) => hash.update(content), createHash('sha256')).digest('hex');

/** Does everything that is missing; throws nothing: a problem is said and ends the process. */
export function prepare() {
  checkNode();
  install();
  build();
}

/** Runs a command of npm. @returns its exit status */
export function npm(args, options = {}) {
  // Under `npm run` the very npm that runs us is the right one; otherwise the one on the PATH.
  const cli = process.env.npm_execpath;
  const viaNode = cli !== undefined && /npm-cli\.c?js$/.test(cli);
  const [command, first] = viaNode ? [process.execPath, [cli]] : ['npm', []];
  // fd 2 for its stdout: stdout is not ours.
  const { status, error } = spawnSync(command, [...first, ...args], {
    cwd: ROOT,
    stdio: [0, 2, 2],
    ...options,
  });
  if (error) say(`cannot run npm: ${error.message}`);
  return status ?? 1;
}

export function say(line) {
  process.stderr.write(`rollcast: ${line}\n`);
}

/** Whether a version such as "20.20.2" satisfies ranges such as "^20.19.0 || >=22.12.0". */
export function satisfies(version, ranges) {
  const numbers = (text) => text.split('.').map((part) => Number.parseInt(part, 10));
  const [major, ...rest] = numbers(version.replace(/^v/, ''));
  return ranges.split('||').some((range) => {
    const [, sign, wanted] = /^\s*(\^|>=)([\d.]+)\s*$/.exec(range) ?? [];
    if (wanted === undefined) throw new Error(`package.json, engines.node: cannot read "${range}"`);
    const [wantedMajor, ...wantedRest] = numbers(wanted);
    if (major !== wantedMajor) return sign === '>=' && major > wantedMajor;
    const different = rest.findIndex((part, index) => part !== wantedRest[index]);
    return different < 0 || rest[different] > wantedRest[different];
  });
}

function checkNode() {
  const wanted = JSON.parse(read('package.json')).engines.node;
  if (satisfies(process.version, wanted)) return;
  say(
    `this is Node ${process.version}, and Rollcast needs ${wanted}: install a newer Node and run this again`,
  );
  process.exit(1);
}

function install() {
  const stamp = at('node_modules', '.rollcast-lock');
  const wanted = hashOf(read('package-lock.json'));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!installedByHand()) {
    step('installing the packages of package-lock.json', () => npm(['ci', '--loglevel=error']));
  }
  writeFileSync(stamp, wanted);
}

/** npm writes its own copy of the lockfile at the end of each install; newer than ours, it has seen ours. */
function installedByHand() {
  const copy = at('node_modules', '.package-lock.json');
  return existsSync(copy) && statSync(copy).mtimeMs >= statSync(at('package-lock.json')).mtimeMs;
}

function build() {
  const stamp = at('dist', '.rollcast-build');
  const sources = ['apps', 'libs', 'bench'].flatMap((folder) => sourcesIn(folder)).sort();
  const settings = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
  const files = [...settings, ...sources];
  const wanted = hashOf(...files.flatMap((file) => [file, '\0', read(file), '\0']));
  const before = existsSync(stamp) ? readFileSync(stamp, 'utf8').split('\n') : [];
  if (before[0] === wanted) return;
  // The compiler never removes what it wrote for a file that is gone.
  if (before.slice(1).some((file) => !files.includes(file)))
    rmSync(at('dist'), { recursive: true, force: true });
  step('building', () => npm(['run', '--silent', 'build']));
  writeFileSync(stamp, [wanted, ...files].join('\n'));
}

function sourcesIn(folder) {
  if (!existsSync(at(folder))) return [];
  return readdirSync(at(folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesIn(path);
    return entry.name.endsWith('.spec.ts') ? [] : [path];
  });
}

function step(what, run) {
  const begun = performance.now();
  say(`${what} ...`);
  const status = run();
  if (status !== 0) {
    say(`${what}: failed`);
    process.exit(status);
  }
  say(`${what}: done in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}
