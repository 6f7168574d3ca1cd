/** @file One training a stream at a time, whichever process runs it: a key in Redis that names the run.
 *
 *  Law: the key names a run, not a job: a second run of the same job (BullMQ gave up on the first, which was only cut
 *  off from Redis) waits for the first as any other would. The key expires unless it is renewed; a run that finds its
 *  key gone takes it again (Redis was away for long), one that finds another's name in it has lost and is told. */
import type { Redis } from 'ioredis';

/** Sets the key if it is free or ours already. KEYS: lock; ARGV: owner, milliseconds. */
const TAKE = `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

/** Deletes the key if it is ours. */
const GIVE_BACK = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

export interface StreamLock {
  /** Stops renewing and frees the stream. */
  release(): Promise<void>;
}

/** Takes the stream for one run.
 *  @param run the job's name and something that is new with every run of it
 *  @param ttlMs how long the key outlives a process that died
 *  @param onLost called once if another run has the stream now
 *  @returns null when another run has it */
export async function takeStream(
  redis: Redis,
  key: string,
  run: { readonly job: string; readonly token: string },
  ttlMs: number,
  onLost: () => void,
): Promise<StreamLock | null> {
  const owner = `${run.job} ${run.token}`;
  const take = async () => (await redis.eval(TAKE, 1, key, owner, ttlMs)) === 1;
  if (!(await take())) return null;

  let held = true;
  let timer: NodeJS.Timeout;
  // The next renewal is planned when the last one has been answered: while Redis is away, one waits and no more.
  const renewLater = () => {
    timer = setTimeout(() => {
      take().then(
        (ours) => {
          if (!held) return;
          if (ours) renewLater();
          else {
            held = false;
            onLost();
          }
        },
        // Refused now (no memory, another master) it may be granted the next time.
        () => held && renewLater(),
      );
    }, ttlMs / 3).unref();
  };
  renewLater();

  return {
    release: async () => {
      held = false;
      clearTimeout(timer);
      await redis.eval(GIVE_BACK, 1, key, owner);
    },
  };
}

/** The job whose run has the stream now, or null. */
export async function jobThatHolds(redis: Redis, key: string): Promise<string | null> {
  const owner = await redis.get(key);
  // A name may have blanks in it, what is new with every run has none.
  return owner?.slice(0, owner.lastIndexOf(' ')) ?? null;
}
