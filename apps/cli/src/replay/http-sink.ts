/** @file Readings over HTTP, for a Rollcast whose Kafka nobody has named.
 *
 *  Law: what the service does not accept ends the replay, with the service's words. */
import type { RecordSink } from '#kafka';
import type { RollcastApi } from '../http/rollcast-api.js';
import { CommandFailed } from '../failures.js';

export function httpSink(api: Pick<RollcastApi, 'publish'>, stream: string): RecordSink {
  return {
    send: async (records) => {
      const { rejected } = await api.publish(
        stream,
        records.map(({ value }) => JSON.parse(String(value)) as unknown),
      );
      const [first] = rejected;
      if (first !== undefined)
        throw new CommandFailed(`${rejected.length} readings were refused, the first: ${first.message}`);
    },
  };
}
