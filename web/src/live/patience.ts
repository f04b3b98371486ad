// How long a picture is held back before it is shown. A browser shows it as soon as it can, so that on a line that loses
// packets each one that has to be sent again is seen as a jerk. Held back for as long as that takes, none is. Pure:
// readings in, milliseconds out.

export interface Reading {
  atMs: number;
  /** Since the connection began: packets that came, and packets that were asked for again. */
  packets: number;
  asked: number;
  /** Null while nobody knows. */
  rttMs: number | null;
}

/** From this part of the packets on a line is one that loses them; a single one says nothing. */
const LOSSY = 0.02;
const LEAST_ASKED = 2;
/** What a picture of 15 in a second needs to learn of a loss at its end, and for the second copy of what it lacks. */
const BASE_MS = 150;
const MOST_MS = 450;
/** In these steps, so that each change of the round trip is not one of the picture. */
const STEP_MS = 50;
/** So long nothing must be lost until it is shown at once again. */
const CALM_MS = 30_000;

export class Patience {
  private before: Reading | null = null;
  private untilMs = Number.NEGATIVE_INFINITY;
  private heldMs: number | null = null;

  /** Null: as short as the browser can. */
  read(reading: Reading): number | null {
    const before = this.before;
    this.before = reading;
    if (!before || reading.packets < before.packets) return this.heldMs;
    const asked = reading.asked - before.asked;
    if (asked >= LEAST_ASKED && asked >= LOSSY * (reading.packets - before.packets)) this.untilMs = reading.atMs + CALM_MS;
    if (reading.atMs >= this.untilMs) this.heldMs = null;
    else this.heldMs = Math.max(this.heldMs ?? 0, wanted(reading.rttMs ?? 0));
    return this.heldMs;
  }
}

function wanted(rttMs: number): number {
  return Math.min(MOST_MS, STEP_MS * Math.ceil((BASE_MS + rttMs) / STEP_MS));
}
