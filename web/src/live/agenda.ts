// Where the agenda stands. Pure.
import type { AgendaItemView, Snapshot } from "../wire.gen";

export interface Running {
  item: AgendaItemView;
  next: AgendaItemView | null;
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
  if (!item || program.agenda_since_ms === null) return null;
  const lengthMs = item.planned_minutes * 60_000;
  const spentMs = Math.max(0, nowMs - program.agenda_since_ms);
  return {
    item,
    next: agenda[at + 1] ?? null,
    leftMs: lengthMs - spentMs,
    passed: lengthMs > 0 ? Math.min(1, spentMs / lengthMs) : 1,
  };
}
