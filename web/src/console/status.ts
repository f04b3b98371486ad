// How a site is, from what is known of it. Pure.
import { linkWord } from "../live/stats";
import type { LinkView, ProgramView, SeatView } from "../wire.gen";

export type Condition = "absent" | "lost" | "no_media" | "no_picture" | "no_sound" | "poor" | "fair" | "good";

export interface Known {
  link: { view: LinkView; atMs: number } | undefined;
  /** Since when (local ms) a site that had been here is away; null where it is here or never was. */
  lostSinceMs: number | null;
}

/** The node tells of a link about every 2 s; older than this it says nothing any more. */
export const LINK_FRESH_MS = 8000;
/** Taking the floor takes a moment; only then a missing picture or sound is trouble. */
const FLOOR_GRACE_MS = 4000;

/** `nowMs` local clock, `serverNowMs` the server's. */
export function conditionOf(
  seat: SeatView,
  known: Known,
  program: ProgramView,
  nowMs: number,
  serverNowMs: number,
): Condition {
  if (!seat.online) return known.lostSinceMs === null ? "absent" : "lost";
  const link = known.link && nowMs - known.link.atMs < LINK_FRESH_MS ? known.link.view : null;
  if (!link || !link.down) return "no_media";
  const { holder, since_ms } = program.floor;
  if (holder === seat.id && serverNowMs - (since_ms ?? serverNowMs) > FLOOR_GRACE_MS) {
    if (!link.sending.includes("mic")) return "no_sound";
    if (!link.sending.includes("camera")) return "no_picture";
  }
  const word = linkWord({ rttMs: link.rtt_ms, lossUp: link.loss_up, lossDown: link.loss_down });
  return word === "none" ? "no_media" : word;
}

const TROUBLE: readonly Condition[] = ["lost", "no_sound", "no_picture", "no_media", "poor"];

export function isTrouble(condition: Condition): boolean {
  return TROUBLE.includes(condition);
}

/**
 * Order on the wall: trouble first (the worst first), then hands in their order, then the well, then who is not
 * here yet.
 */
export function rank(condition: Condition, place: number): number {
  const trouble = TROUBLE.indexOf(condition);
  if (trouble >= 0) return trouble;
  if (place > 0) return 100 + place;
  return condition === "absent" ? 10_000 : 5000;
}
