// Where the agenda stands. Pure.
import type { AgendaItemView, Snapshot } from "../wire.gen";

const MINUTE = 60_000;

export interface Running {
  item: AgendaItemView;
  /** What comes after it and has not run yet. */
  next: AgendaItemView | null;
  /** When it began, and when its planned length is used up (server clock, ms). */
  startMs: number;
  endMs: number;
  /** Milliseconds until the planned length is used up; negative once it is exceeded. */
  leftMs: number;
  /** 0..1 of the planned length. */
  passed: number;
}

/** The running item at `nowMs` (server clock), or null where none runs. */
export function running(snapshot: Snapshot, nowMs: number): Running | null {
  const { agenda, program } = snapshot;
  const at = agenda.findIndex((item) => item.id === program.agenda_item);
  const item = agenda[at];
  const startMs = program.agenda_since_ms;
  if (!item || startMs === null) return null;
  const lengthMs = item.planned_minutes * MINUTE;
  const spentMs = Math.max(0, nowMs - startMs);
  return {
    item,
    next: agenda.slice(at + 1).find((each) => !program.agenda_done.includes(each.id)) ?? null,
    startMs,
    endMs: startMs + lengthMs,
    leftMs: lengthMs - spentMs,
    passed: lengthMs > 0 ? Math.min(1, spentMs / lengthMs) : 1,
  };
}

export interface Line {
  item: AgendaItemView;
  state: "done" | "running" | "coming";
  /** When it began or is expected to begin; null where the page does not know. */
  startMs: number | null;
  /** The one that comes first of those that have not run. */
  first: boolean;
}

/**
 * The agenda at `nowMs`. What comes after the running item moves by as much as that is late or early; where nothing
 * runs the plan is all there is to go by.
 */
export function lines(snapshot: Snapshot, nowMs: number): Line[] {
  const { agenda, program } = snapshot;
  const now = running(snapshot, nowMs);
  const runsAt = now ? agenda.indexOf(now.item) : -1;
  const done = new Set(program.agenda_done);
  let expectedMs = now ? Math.max(nowMs, now.endMs) : null;
  let found = false;
  return agenda.map((item, at): Line => {
    if (now && at === runsAt) return { item, state: "running", startMs: now.startMs, first: false };
    if (done.has(item.id)) return { item, state: "done", startMs: null, first: false };
    const first = !found && at > runsAt;
    found ||= first;
    if (expectedMs === null) return { item, state: "coming", startMs: item.planned_start_ms, first };
    if (at < runsAt) return { item, state: "coming", startMs: null, first };
    const startMs = expectedMs;
    expectedMs += item.planned_minutes * MINUTE;
    return { item, state: "coming", startMs, first };
  });
}
