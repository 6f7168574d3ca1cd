/** @file Does a forecast of a stream fit into a Kafka record? One that does not could never be published: every frame
 *  would be a POISON dead letter, and its partition opened anew for each.
 *
 *  Law: whatever the values, a forecast of a definition that passes here is taken by a broker with Kafka's default of
 *  `max.message.bytes`. Numbers are as long as the channel's plausible range and decimals let them be. Only what is put
 *  in force anew is checked: a stored definition stays readable. */
import type { StreamDefinition } from '#contracts';

/** The default, less what a record, its headers, the names of stream and series and the rest of a forecast may take. */
const MOST_BYTES = 1_040_000;
/** Letters of the longest number of all, and the comma behind it: -1.2345678901234567e+29 */
const LONGEST_NUMBER = 24;
/** Beyond this a double has no decimals to round to (`roundTo`). */
const ROUNDED_BELOW = 1e15;
/** Of a channel's part of a forecast, its name (twice, where it was not observed) and its numbers apart. */
const CHANNEL_BYTES = 60;
/** Of a lead: the point and two quantiles. */
const PATHS = 3;

type Channel = StreamDefinition['channels'][number];

/** What is wrong with a definition's horizon and channels; null: nothing. */
export function forecastSizeProblem({ channels, horizon }: StreamDefinition): string | null {
  const names = sum(channels.map(({ name }) => CHANNEL_BYTES + 2 * Buffer.byteLength(JSON.stringify(name))));
  const perStep = sum(channels.map((channel) => PATHS * longestNumber(channel)));
  const most = Math.floor((MOST_BYTES - names) / perStep);
  if (horizon <= most) return null;
  return `horizon: a forecast of ${channels.length} channels may be larger than a Kafka record, 1 MB, with more than ${most} steps: write fewer, fewer channels, or a narrower min and max of each`;
}

/** Letters of a published number of the channel, and the comma behind it. */
function longestNumber({ min, max, decimals }: Channel): number {
  if (min === undefined || max === undefined) return LONGEST_NUMBER;
  const largest = Math.max(Math.abs(min), Math.abs(max));
  if (largest * 10 ** decimals >= ROUNDED_BELOW) return LONGEST_NUMBER;
  // Rounded, a number may reach the next whole one.
  const whole = String(Math.ceil(largest)).length;
  return (min < 0 ? 1 : 0) + whole + (decimals === 0 ? 0 : 1 + decimals) + 1;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
