// Values for tests: a small session at event number 7.
import type { ProgramView, SeatView, Snapshot } from "../wire.gen";

export function aProgram(change: Partial<ProgramView> = {}): ProgramView {
  return {
    state: "live",
    chair: "chair",
    presenter: "presenter",
    pinned: null,
    speaker: "presenter",
    voices: ["presenter", "chair"],
    floor: { holder: null, since_ms: null, queue: [] },
    content: { kind: "none", deck: null, page: null, pages: null, seat: null },
    agenda_item: null,
    agenda_since_ms: null,
    agenda_done: [],
    started_ms: 1000,
    ended_ms: null,
    ...change,
  };
}

export function aSeat(id: string, change: Partial<SeatView> = {}): SeatView {
  return { id, name: id, caption: "", kind: "person", role: "delegate", hub: false, online: true, ...change };
}

export function aSnapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    seq: 7,
    session: {
      id: "s",
      title: "Phiên 1",
      conference: "Hội nghị",
      rehearsal: false,
      planned_start_ms: 0,
      module_url: null,
    },
    program: aProgram(),
    seats: [],
    agenda: [],
    decks: [],
    chat: [],
    recording: { state: "off", code: null, replay_url: null, free_bytes: null },
    ...change,
  };
}
