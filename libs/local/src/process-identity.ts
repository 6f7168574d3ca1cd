/** @file Which process a pid means: the pid together with the moment that process began.
 *
 *  Law: a pid alone never names a process, because the system gives it to another one later. Whoever kills by a
 *  recorded pid asks `isRunning` first, and a reused pid answers no. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in the words of this system; compared, never read. */
  readonly began: string;
}

/** The identity of a running process; undefined when there is none (a zombie has ended). */
export function identityOf(pid: number): ProcessIdentity | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const began = process.platform === 'linux' ? beganOnLinux(pid) : beganByPs(pid);
  return began === undefined ? undefined : { pid, began };
}

/** True only if the very process that was recorded still runs. */
export function isRunning(recorded: ProcessIdentity): boolean {
  return identityOf(recorded.pid)?.began === recorded.began;
}

/** SIGKILL to the recorded process and to the group it leads; nothing at all when the pid means another one now.
 *  @returns whether a signal was sent */
export function killRecorded(recorded: ProcessIdentity): boolean {
  if (!isRunning(recorded)) return false;
  for (const target of [-recorded.pid, recorded.pid]) {
    try {
      process.kill(target, 'SIGKILL');
      return true;
    } catch {
      // No such group: it leads none, and the process itself is next.
    }
  }
  return false;
}

/** Field 22 of /proc/PID/stat counts clock ticks since the system began, so the boot belongs to the name. */
function beganOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${fields[19] ?? ''}`;
  } catch {
    return undefined;
  }
}

function beganByPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [state = 'Z', ...began] = line.split(/\s+/);
    return state.startsWith('Z') ? undefined : began.join(' ');
  } catch {
    return undefined;
  }
}
