/** @file What the frames task is tested on: two streams in two partitions, frames of all kinds, versions known by hand.
 *
 *  Law: the same seed gives the same log. */
import {
  type RefusalRecord,
  RollcastError,
  seriesKey,
  StreamDefinition,
  type SwitchRecord,
} from '#contracts';
import type { ServingModel } from '#engine';
import { type Forecaster, lastValueForecaster, seasonalNaiveForecaster } from '#forecasting';
import { InMemoryLog, seededRandom } from '#kafka/testing';
import type { Announced, VersionSource, Withdrawal } from '../version-source.js';

export const HOUR = 3_600_000;
export const definition = StreamDefinition.parse({
  stream: 's',
  frequency: '1h',
  lookback: 8,
  horizon: 4,
  season: 6,
  maxGap: 6,
  expireAfter: '20h',
  channels: [{ name: 'a', decimals: 2 }, { name: 'b' }],
  model: { memory: 24 },
});
const other = StreamDefinition.parse({ ...definition, stream: 'other', every: 2 });
export const definitions = {
  get: (stream: string) => [definition, other].find((one) => one.stream === stream) ?? null,
  catchUp: () => Promise.resolve(),
};
export const OUTPUTS = ['forecasts', 'evaluations', 'frames.dead'];

/** Versions that are known by hand: last value, and a naive one; those named `...-fa` are fragile. */
export class Versions implements VersionSource {
  announced: Announced | null = null;
  fixed: readonly SwitchRecord[] = [];
  withdrawn: Withdrawal[] = [];
  readonly broken = new Set<string>();
  loads = 0;
  /** How many loads from now on the store fails. */
  outages = 0;
  champion(stream: string): Announced | null {
    return stream === 's' ? this.announced : null;
  }
  private readonly listeners = new Set<(stream: string) => void>();
  /** Announces, and tells of it. */
  announce(version: string): void {
    this.announced = { version, at: '1' };
    for (const listener of this.listeners) listener('s');
  }
  onAnnounced(listener: (stream: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  catchUp(): Promise<void> {
    return Promise.resolve();
  }
  switches(stream: string, partition: number): readonly SwitchRecord[] {
    return this.fixed
      .filter((one) => one.stream === stream && one.partition === partition)
      .sort((a, b) => Number(a.frameOffset) - Number(b.frameOffset));
  }
  withdraw(withdrawal: Withdrawal): void {
    const { partition, frameOffset } = withdrawal.instead;
    this.withdrawn.push(withdrawal);
    this.fixed = [
      ...this.fixed.filter((one) => one.partition !== partition || one.frameOffset !== frameOffset),
      withdrawal.instead,
    ];
  }
  /** As the log holds them. */
  refused: readonly RefusalRecord[] = [];
  refusals(stream: string, partition: number): readonly RefusalRecord[] {
    const said = this.refused.filter((one) => one.stream === stream && one.partition === partition);
    return [...this.withdrawals(stream, partition).map(({ refusal }) => refusal), ...said];
  }
  withdrawals(stream: string, partition: number): readonly Withdrawal[] {
    return this.withdrawn.filter(
      ({ instead }) => instead.stream === stream && instead.partition === partition,
    );
  }
  load(of: StreamDefinition, version: string): Promise<ServingModel> {
    this.loads += 1;
    if (this.outages > 0) {
      this.outages -= 1;
      return Promise.reject(new RollcastError('STORE_UNAVAILABLE', { artifact: version, problem: 'EIO' }));
    }
    if (this.broken.has(version)) return Promise.reject(new Error(`${version} is torn`));
    const { lookback, horizon, season } = of;
    const mean = of.channels.map(() => 0);
    const intervals = { leads: [1, 4], lower: mean.map(() => [-1, -2]), upper: mean.map(() => [1, 2]) };
    const isLast = version.startsWith('last');
    const forecaster = isLast
      ? lastValueForecaster({ lookback, horizon, mean })
      : seasonalNaiveForecaster({ lookback, horizon, season, mean });
    const kind = isLast ? 'last-value' : 'seasonal-naive';
    return Promise.resolve({
      kind,
      version,
      forecaster: version.includes('-fa') ? fragile(forecaster) : forecaster,
      intervals,
    });
  }
}

/** Has no number to say where channel `a` is above 9.8; else the forecaster itself. */
function fragile(forecaster: Forecaster): Forecaster {
  return {
    ...forecaster,
    advance: async (steps) =>
      (await forecaster.advance(steps)).map(({ state, paths }, place) => {
        if ((steps[place]?.values[0] ?? 0) > 9.8) paths?.point.fill(NaN, 1, 2);
        return { state, paths };
      }),
  };
}

/** Walks of several series in two partitions, with gaps, silent stretches beyond the expiry, bad records and frames that
 *  go back in time. */
export function frames(seed: number, count: number): InMemoryLog {
  const random = seededRandom(seed);
  const log = new InMemoryLog(2);
  const grid = new Map<string, number>();
  let time = 1_000_000_000_000;
  for (let index = 0; index < count; index++) {
    time += random() < 0.01 ? 30 * HOUR : Math.floor(random() * HOUR);
    log.time = time;
    const partition = random() < 0.5 ? 0 : 1;
    const series = `${partition}-${Math.floor(random() * 3)}`;
    const stream = random() < 0.8 ? 's' : random() < 0.8 ? 'other' : 'undefined';
    const key = seriesKey(stream, series);
    const step = random() < 0.03 ? -1 : random() < 0.1 ? 2 + Math.floor(random() * 9) : 1;
    const at = (grid.get(key) ?? 400_000) + step;
    if (step > 0) grid.set(key, at);
    const value = () => (random() < 0.1 ? null : Math.round(random() * 1000) / 100);
    const frame = {
      stream,
      series,
      time: new Date(at * HOUR).toISOString(),
      values: { a: value(), b: value() },
    };
    const text = random() < 0.01 ? '{"stream":' : random() < 0.01 ? '{"stream":"s"}' : JSON.stringify(frame);
    log.append({ topic: 'frames', partition, key, value: text });
    if (random() < 0.05) log.skip('frames', partition);
  }
  return log;
}

/** Appends the frames of a longer log of the same seed that a log does not have yet. */
export function appendFrom(log: InMemoryLog, longer: InMemoryLog): void {
  for (const partition of [0, 1])
    for (const record of longer.read('frames', partition, log.bounds('frames', partition).end)) {
      log.time = record.timestamp;
      log.append(record);
    }
}

export const read = <T>(log: InMemoryLog, topic: string): T[] =>
  [0, 1]
    .flatMap((partition) => log.read(topic, partition))
    .map(({ value }) => JSON.parse(value?.toString() ?? 'null') as T);
