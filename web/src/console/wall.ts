// The sites as the console shows them: each with its condition, in the order of need.
import { useEffect, useRef, useState } from "preact/hooks";
import { useLive, useReach, useSnapshot } from "../live/context";
import { placeInQueue } from "../live/policy";
import { sorted } from "../live/roll";
import type { SeatView } from "../wire.gen";
import { type Condition, conditionOf, isTrouble, rank } from "./status";

export interface Tile {
  seat: SeatView;
  condition: Condition;
  /** Place in the queue, 1-based; 0 without a request. */
  place: number;
  onAir: boolean;
  lostForMs: number;
}

/** Since when (local ms) each seat that was here is away. */
function useLost(seats: readonly SeatView[]): Map<string, number> {
  const seen = useRef(new Set<string>());
  const lost = useRef(new Map<string, number>());
  for (const seat of seats) {
    if (seat.online) {
      seen.current.add(seat.id);
      lost.current.delete(seat.id);
    } else if (seen.current.has(seat.id) && !lost.current.has(seat.id)) {
      lost.current.set(seat.id, Date.now());
    }
  }
  return lost.current;
}

/** All sites, worked out anew every second and with every event. */
export function useWall(): Tile[] {
  const { live } = useReach();
  const { seats, program } = useSnapshot();
  const { links } = useLive();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const lost = useLost(seats);
  const now = Date.now();
  const tiles = sorted(seats.filter((seat) => seat.kind === "site")).map((seat): Tile => {
    const since = lost.get(seat.id) ?? null;
    const known = { link: links[seat.id], lostSinceMs: since };
    return {
      seat,
      condition: conditionOf(seat, known, program, now, live.clock.now()),
      place: placeInQueue(program, seat.id),
      onAir: program.floor.holder === seat.id,
      lostForMs: since === null ? 0 : now - since,
    };
  });
  return tiles.sort((a, b) => rank(a.condition, a.place) - rank(b.condition, b.place));
}

export type Filter = "all" | "trouble" | "hands" | "absent";

export function matches(tile: Tile, filter: Filter): boolean {
  if (filter === "trouble") return isTrouble(tile.condition);
  if (filter === "hands") return tile.place > 0;
  return filter === "all" || tile.condition === "absent";
}
