/** @file The one place where names of the tables become names on the cluster.
 *
 *  Law: `short(full(name)) = name`; nothing outside this library sees a prefixed name. */
import { RollcastError } from '#contracts';

/** Puts one prefix before every topic, group and transactional id. */
export class TopicNames {
  readonly prefix: string;

  /** @throws BAD_CONFIGURATION for a prefix that no topic may have */
  constructor(prefix = '') {
    if (!/^[A-Za-z0-9._-]*$/.test(prefix)) {
      const problem = `topic prefix "${prefix}": only letters, digits, ".", "_" and "-"`;
      throw new RollcastError('BAD_CONFIGURATION', { problem });
    }
    this.prefix = prefix;
  }

  /** The name on the cluster. */
  full(name: string): string {
    return this.prefix + name;
  }

  /** The name of our tables; a foreign name comes back as it is. */
  short(full: string): string {
    return full.startsWith(this.prefix) ? full.slice(this.prefix.length) : full;
  }
}
