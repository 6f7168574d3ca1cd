/** @file A sample of a stream of numbers that never grows beyond a bound.
 *
 *  Law: up to the bound it is all of them, in order. Beyond, each number that came has the same chance to be in it
 *  (Vitter 1985, algorithm R). Chance is a hash of how many came before: the same in every run. */

export class BoundedSample {
  private readonly kept: number[] = [];
  private seen = 0;

  constructor(private readonly bound: number) {}

  get values(): readonly number[] {
    return this.kept;
  }

  add(value: number): void {
    this.seen += 1;
    if (this.kept.length < this.bound) {
      this.kept.push(value);
      return;
    }
    const place = Math.floor(scatter(this.seen) * this.seen);
    if (place < this.bound) this.kept[place] = value;
  }
}

/** @returns in [0, 1), as if at random (the last mixing of xxHash32) */
function scatter(count: number): number {
  let mixed = Math.imul(count, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae3d);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
