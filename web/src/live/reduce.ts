// Snapshot + event = the next snapshot: the same as conference/view.py does on the server.
import type { Event, Snapshot } from "../wire.gen";

export const CHAT_KEPT = 100;

/** Items with a known id take its place; new ones come last. */
function put<T extends { id: string }>(list: T[], items: T[]): T[] {
  const known = new Map(list.map((item) => [item.id, item]));
  for (const item of items) known.set(item.id, item);
  return [...known.values()];
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** The snapshot after `event`, for which {@link step} must say so; unchanged parts are the same objects. */
export function apply(snapshot: Snapshot, event: Event): Snapshot {
  const next = { ...snapshot, seq: event.seq };
  switch (event.type) {
    case "program.changed":
      return { ...next, program: event.program };
    case "seats.changed":
      return { ...next, seats: put(snapshot.seats, event.seats).sort(byId) };
    case "deck.changed":
      return { ...next, decks: put(snapshot.decks, [event.deck]) };
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
  const first = event.type === "seats.changed" ? event.first : event.seq;
  if (event.seq <= snapshot.seq) return { kind: "old" };
  if (first > snapshot.seq + 1) return { kind: "gap" };
  return { kind: "next", snapshot: apply(snapshot, event) };
}
