/** @file The latest forecast of every living series, as bytes: what HTTP answers from.
 *
 *  Law: whatever series lives has its latest forecast here, however many there are; forecasts of series that live no
 *  more are dropped before they are as many as the living and `SPARE`. What a list says of a forecast is parsed when
 *  somebody asks, and once. */
import { Forecast } from '#contracts';
import type { InputRecord } from '#kafka';

/** A series may be forecast here before its state is. */
const SPARE = 1_000;

const Head = Forecast.pick({ model: true, warmingUp: true });
/** Who made a forecast. */
export type ForecastHead = Pick<Forecast, 'model' | 'warmingUp'>;

interface Latest {
  readonly bytes: Buffer;
  head: ForecastHead | null;
}

export class LatestForecasts {
  private readonly latest = new Map<string, Latest>();

  /** @param living by key */
  constructor(private readonly living: ReadonlyMap<string, unknown>) {}

  take(records: readonly InputRecord[]): void {
    for (const { key, value } of records) {
      if (key !== null && value !== null) this.latest.set(key.toString(), { bytes: value, head: null });
    }
    if (this.latest.size <= 2 * this.living.size + SPARE) return;
    for (const key of this.latest.keys()) if (!this.living.has(key)) this.latest.delete(key);
  }

  /** The whole of it; null where none is known. */
  of(key: string): Forecast | null {
    const latest = this.latest.get(key);
    return latest === undefined ? null : Forecast.parse(JSON.parse(latest.bytes.toString()));
  }

  headOf(key: string): ForecastHead | null {
    const latest = this.latest.get(key);
    if (latest === undefined) return null;
    return (latest.head ??= Head.parse(JSON.parse(latest.bytes.toString())));
  }

  get size(): number {
    return this.latest.size;
  }
}
