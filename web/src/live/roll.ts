// Who is who among the seats. Pure.
import type { SeatView, Snapshot } from "../wire.gen";

export function seatOf(snapshot: Snapshot, id: string | null): SeatView | null {
  return (id !== null && snapshot.seats.find((seat) => seat.id === id)) || null;
}

export function nameOf(snapshot: Snapshot, id: string | null): string {
  return seatOf(snapshot, id)?.name ?? "";
}

/** What stands under a seat's name; "" where it would only say the name again. */
export function captionOf(seat: SeatView): string {
  return seat.caption === seat.name ? "" : seat.caption;
}

export interface Presence {
  sitesOnline: number;
  sites: number;
  peopleOnline: number;
}

export function presence(seats: readonly SeatView[]): Presence {
  const sites = seats.filter((seat) => seat.kind === "site");
  return {
    sites: sites.length,
    sitesOnline: sites.filter((seat) => seat.online).length,
    peopleOnline: seats.filter((seat) => seat.kind === "person" && seat.online).length,
  };
}

/** A Vietnamese name is sorted by its last word, the given name; a site by its whole name. */
function sortKey(seat: SeatView): string {
  if (seat.kind === "site") return seat.name;
  const words = seat.name.trim().split(/\s+/);
  return [words[words.length - 1], ...words.slice(0, -1)].join(" ");
}

const COLLATOR = new Intl.Collator("vi", { numeric: true });

/** Hub first, then who is online, then by name. */
export function sorted(seats: readonly SeatView[]): SeatView[] {
  const rank = (seat: SeatView) => (seat.hub ? 0 : 2) + (seat.online ? 0 : 1);
  return [...seats].sort((a, b) => rank(a) - rank(b) || COLLATOR.compare(sortKey(a), sortKey(b)));
}
