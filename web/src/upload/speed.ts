const WINDOW_MS = 10_000;

/** Bytes a second over the last ten seconds: steady enough to read, quick enough to follow a line that changes. */
export class Speed {
  private points: { at: number; bytes: number }[] = [];

  /** `bytes` were sent in all at `at` (milliseconds of any clock that does not jump). */
  add(at: number, bytes: number): void {
    if (bytes < (this.points.at(-1)?.bytes ?? 0)) this.points = []; // a piece is sent again
    this.points.push({ at, bytes });
    while (this.points.length > 2 && at - (this.points[0]?.at ?? at) > WINDOW_MS) this.points.shift();
  }

  /** After a pause nothing of before counts. */
  reset(): void {
    this.points = [];
  }

  get bytesPerS(): number {
    const first = this.points[0];
    const last = this.points.at(-1);
    if (!first || !last || last.at - first.at < 500) return 0;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }
}
