// Snapshot + event = the next snapshot: the same as conference/view.py does on the server.
import type { Event, Snapshot } from "../wire.gen";

export const CHAT_KEPT = 100;

function put<T extends { id: string }>(list: T[], item: T): T[] {
  const at = list.findIndex((other) => other.id === item.id);
  return at < 0 ? [...list, item] : list.map((other, index) => (index === at ? item : other));
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** The snapshot after `event`, which must carry the next number; unchanged parts are the same objects. */
export function apply(snapshot: Snapshot, event: Event): Snapshot {
  const next = { ...snapshot, seq: event.seq };
  switch (event.type) {
    case "program.changed":
      return { ...next, program: event.program };
    case "seat.changed":
      return { ...next, seats: put(snapshot.seats, event.seat).sort(byId) };
    case "deck.changed":
      return { ...next, decks: put(snapshot.decks, event.deck) };
    case "agenda.changed":
      return { ...next, agenda: event.agenda };
    case "chat.posted":
      return event.message ? { ...next, chat: [...snapshot.chat, event.message].slice(-CHAT_KEPT) } : next;
    case "recording.changed":
      return { ...next, recording: event.recording };
  }
}

export type Step = { kind: "next"; snapshot: Snapshot } | { kind: "old" } | { kind: "gap" };

/**
 * What to do with a numbered event that just came: it is the next one, an old one (drop it), or one is missing
 * (resync).
 */
export function step(snapshot: Snapshot, event: Event): Step {
  if (event.seq <= snapshot.seq) return { kind: "old" };
  if (event.seq > snapshot.seq + 1) return { kind: "gap" };
  return { kind: "next", snapshot: apply(snapshot, event) };
}
