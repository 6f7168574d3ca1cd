/** @file One chart of one channel, drawn by uPlot: observed line, forecast line, its 90 % interval as a band, the origin.
 *
 *  Law: draws exactly the columns it is given; gaps stay open, lone values are dots. Colours are those of the style
 *  sheet at the moment of drawing, so light and dark need no second description. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatTicks } from './numbers.js';
import { isolated, type PlotColumns } from './plot-columns.js';
import { axisLabels } from './time.js';

const FONT = '11px "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif';
/** Places in the data of a plot: time, observed, high, low, point. */
const HIGH = 2;
const LOW = 3;

/** A colour of the style sheet. */
const colour = (name: string) => () =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export class ChannelChart {
  readonly #plot: uPlot;
  readonly #sizes: ResizeObserver;
  #columns: PlotColumns = { time: [], observed: [], low: [], point: [], high: [], origin: null };

  /** @param host gives the size: the chart fills it
   *  @param onCursor the index under the pointer, on this chart or a sibling; null when it leaves */
  constructor(
    private readonly host: HTMLElement,
    onCursor: (index: number | null) => void,
  ) {
    this.#plot = new uPlot(this.#options(onCursor), [[], [], [], [], []], host);
    this.#sizes = new ResizeObserver(() => {
      this.#plot.setSize(this.#size());
    });
    this.#sizes.observe(host);
  }

  draw(columns: PlotColumns): void {
    this.#columns = columns;
    this.#plot.setData([columns.time, columns.observed, columns.high, columns.low, columns.point]);
  }

  /** Draws again in the colours of now. */
  recolour(): void {
    this.#plot.redraw(true, true);
  }

  destroy(): void {
    this.#sizes.disconnect();
    this.#plot.destroy();
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(80, this.host.clientWidth), height: Math.max(80, this.host.clientHeight) };
  }

  #options(onCursor: (index: number | null) => void): uPlot.Options {
    const line = { stroke: colour('line'), width: 1 };
    return {
      ...this.#size(),
      ms: 1,
      tzDate: (ms) => uPlot.tzDate(new Date(ms), 'Etc/UTC'),
      // At the right: half of a label under the last day.
      padding: [14, 20, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: 'channels' },
        drag: { x: false, y: false },
        y: false,
        points: { size: 5, width: 1, fill: colour('panel') },
      },
      scales: { y: { range: (_plot, min, max) => valueRange(min, max) } },
      axes: [
        {
          font: FONT,
          stroke: colour('muted'),
          grid: { show: false },
          ticks: { ...line, size: 4 },
          size: 22,
          gap: 3,
          space: 64,
          values: (_plot, ticks) => axisLabels(ticks),
        },
        {
          font: FONT,
          stroke: colour('muted'),
          grid: line,
          ticks: { show: false },
          size: 46,
          gap: 6,
          space: 24,
          values: (_plot, ticks) => formatTicks(ticks),
        },
      ],
      series: [
        {},
        {
          stroke: colour('observed'),
          width: 1.5,
          points: {
            show: false,
            size: 3.5,
            fill: colour('observed'),
            filter: (plot, index) => isolated(plot.data[index] as (number | null)[]),
          },
        },
        { stroke: colour('band-edge'), width: 0.75, points: { show: false } },
        { stroke: colour('band-edge'), width: 0.75, points: { show: false } },
        { stroke: colour('forecast'), width: 1.75, points: { show: false } },
      ],
      bands: [{ series: [HIGH, LOW], fill: colour('band') }],
      hooks: {
        drawAxes: [(plot) => this.#drawOrigin(plot)],
        setCursor: [(plot) => onCursor(plot.cursor.left! >= 0 ? (plot.cursor.idx ?? null) : null)],
      },
    };
  }

  /** A dashed line where the forecast's knowledge ends. */
  #drawOrigin(plot: uPlot): void {
    if (this.#columns.origin === null) return;
    const { ctx, bbox } = plot;
    const x = Math.round(plot.valToPos(this.#columns.origin, 'x', true));
    const scale = uPlot.pxRatio;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour('origin')();
    ctx.lineWidth = scale;
    ctx.setLineDash([3 * scale, 3 * scale]);
    ctx.beginPath();
    ctx.moveTo(x + 0.5, bbox.top - 2 * scale);
    ctx.lineTo(x + 0.5, bbox.top + bbox.height);
    ctx.stroke();
    ctx.font = FONT.replace('11px', `${10.5 * scale}px`);
    ctx.textAlign = 'center';
    ctx.textBaseline = 'bottom';
    ctx.fillText('origin', x, bbox.top - 2 * scale);
    ctx.restore();
  }
}

/** Room above and below; a constant channel, or one with nothing in it, still has a range. */
function valueRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  const room = max > min ? (max - min) * 0.08 : Math.max(1e-6, Math.abs(max) * 0.05);
  return [min - room, max + room];
}
