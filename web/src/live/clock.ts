// The server's clock, as well as the round trips let us know it.

export class ServerClock {
  private offsetMs = 0;
  private bestTripMs = Infinity;

  constructor(private readonly local: () => number = Date.now) {}

  /**
   * One sample: asked at `sentMs` and answered at `gotMs` (local clock) with `serverMs`. The shortest trip tells
   * best.
   */
  sample(sentMs: number, gotMs: number, serverMs: number): void {
    const trip = Math.max(0, gotMs - sentMs);
    const offset = serverMs - (sentMs + gotMs) / 2;
    // A jump beyond what any trip explains means that one of the clocks was set: begin anew.
    const jumped = Math.abs(offset - this.offsetMs) > trip / 2 + this.bestTripMs / 2 + 1000;
    if (trip <= this.bestTripMs || jumped) {
      this.bestTripMs = trip;
      this.offsetMs = offset;
    } else {
      this.bestTripMs += 5; // an old sample loses trust slowly, so that drift is followed
    }
  }

  /** Milliseconds since 1970 on the server's clock. */
  now(): number {
    return this.local() + this.offsetMs;
  }
}
