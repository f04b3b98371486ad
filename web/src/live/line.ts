// What the page does about a line up that gets narrow, and wide again. A browser by itself goes on for seconds with
// what waits of its large pictures when the line falls to a tenth, fills the line with padding for pictures that do
// not fit, and then raises its estimate by eight percent a second. Pure: readings in, steps out.

export interface Reading {
  atMs: number;
  /** What the browser thinks that the line carries, in bit/s. */
  availableBps: number;
  /** The camera is sent worse than it could be, for want of bandwidth. */
  limited: boolean;
}

/** `narrow`: send the smallest picture only. `wide`: send all again. `probe`: make the browser measure the line. */
export type Step = "narrow" | "wide" | "probe" | null;

/** Below this only the smallest picture fits beside the voice. */
const NARROW_BPS = 450_000;
/** While only that is sent a browser looks no further than twice its rate: this much is a sign that there is more. */
const WIDE_BPS = 230_000;
/** A new connection's estimate begins low, and so it does when all is sent again. */
const START_MS = 6_000;
const AGAIN_MS = 3_000;
const FIRST_PROBE_MS = 1_000;
/** A narrow line is filled for a moment by each probe. */
const PROBE_MS = 1_020;
const MOST_PROBE_MS = 10_000;
/** Chromium makes none while it takes the line for overused: one that lifts nothing within so long is asked for again. */
const UNMADE_MS = 400;
const LIFTED = 1.08;
/** When all is sent again it looks further than before, as soon as it knows. */
const WIDENED_MS = 100;
/** For so long a line is asked all the time whether it is wide again, then ever more seldom. */
const EAGER_MS = 20_000;
/** By so much a probe must have lifted the estimate to have helped. */
const HELPED = 1.3;
/** Where sending all again proves wrong within so long, the next time has to wait. */
const WRONG_MS = 10_000;
const FIRST_WAIT_MS = 3_000;
const WAIT_MS = 8_000;
const MOST_WAIT_MS = 64_000;
/** A line that has been narrow for so long has no queue any more that could drain. */
const SETTLED_MS = 6_000;
/** However low the estimate stays, all is tried again after so long. */
const RETRY_MS = 40_000;

export class Line {
  private beforeBps = 0;
  /** Until then a low estimate says nothing. */
  private beginsMs: number | null = null;
  private narrowMs: number | null = null;
  private widenedMs = Number.NEGATIVE_INFINITY;
  private waitMs = FIRST_WAIT_MS;
  private wantingMs: number | null = null;
  private probeMs = 0;
  private probeEveryMs = PROBE_MS;
  private probedBps = 0;
  private unmadeMs = Number.POSITIVE_INFINITY;

  read({ atMs, availableBps, limited }: Reading): Step {
    this.beginsMs ??= atMs + START_MS;
    if (availableBps >= NARROW_BPS) this.beginsMs = Math.min(this.beginsMs, atMs);
    const beforeBps = this.beforeBps;
    this.beforeBps = availableBps;
    // The estimate jumps up and down while probes lift it again.
    const leastBps = atMs - this.widenedMs < AGAIN_MS ? WIDE_BPS : NARROW_BPS;
    if (this.narrowMs === null && availableBps < leastBps && atMs >= this.beginsMs) return this.narrow(atMs);
    if (this.narrowMs !== null) {
      const forMs = atMs - this.narrowMs;
      // At first twice in a row: a probe of a line whose queue has just drained says too much for a moment.
      const surelyBps = forMs < SETTLED_MS ? Math.min(availableBps, beforeBps) : availableBps;
      const wide = surelyBps >= WIDE_BPS && forMs >= this.waitMs;
      if (wide || forMs >= RETRY_MS + this.waitMs) return this.widen(atMs);
    }
    const falls = this.narrowMs === null && availableBps < 0.95 * beforeBps;
    return this.probe(atMs, availableBps, this.narrowMs !== null || limited, falls);
  }

  private narrow(atMs: number): Step {
    const wrong = atMs - this.widenedMs < WRONG_MS;
    this.waitMs = wrong ? Math.min(MOST_WAIT_MS, Math.max(WAIT_MS, 2 * this.waitMs)) : FIRST_WAIT_MS;
    this.narrowMs = atMs;
    this.wantingMs = atMs;
    this.probeMs = atMs + FIRST_WAIT_MS;
    this.unmadeMs = Number.POSITIVE_INFINITY;
    return "narrow";
  }

  private widen(atMs: number): Step {
    this.narrowMs = null;
    this.widenedMs = atMs;
    this.beginsMs = atMs + AGAIN_MS;
    this.wantingMs = atMs;
    this.probeMs = this.unmadeMs = atMs + WIDENED_MS;
    return "wide";
  }

  private probe(atMs: number, availableBps: number, wanting: boolean, falls: boolean): Step {
    if (!wanting) {
      this.wantingMs = null;
      return null;
    }
    if (this.wantingMs === null) {
      this.wantingMs = atMs;
      this.probeMs = atMs + FIRST_PROBE_MS;
      this.probeEveryMs = PROBE_MS;
    }
    if (falls) this.probeMs = Math.max(this.probeMs, atMs + FIRST_PROBE_MS);
    if (falls || availableBps >= LIFTED * this.probedBps) this.unmadeMs = Number.POSITIVE_INFINITY;
    if (atMs < Math.min(this.probeMs, this.unmadeMs)) return null;
    if (availableBps >= HELPED * this.probedBps) this.wantingMs = atMs;
    const eager = atMs - this.wantingMs < EAGER_MS;
    this.probeEveryMs = eager ? PROBE_MS : Math.min(1.5 * this.probeEveryMs, MOST_PROBE_MS);
    this.probedBps = availableBps;
    this.probeMs = atMs + this.probeEveryMs;
    this.unmadeMs = eager ? atMs + UNMADE_MS : Number.POSITIVE_INFINITY;
    return "probe";
  }
}
