import { describe, expect, it } from "vitest";
import { apply, CHAT_KEPT, step } from "./reduce";
import { aSeat, aSnapshot } from "./samples";

describe("apply", () => {
  it("takes the new program and number", () => {
    const before = aSnapshot();
    const program = { ...before.program, state: "live" as const };
    const after = apply(before, { type: "program.changed", seq: 8, kind: "session.started", program });
    expect(after).toEqual({ ...before, seq: 8, program });
  });

  it("keeps seats sorted by id, whether new or changed", () => {
    const before = aSnapshot({ seats: [aSeat("b"), aSeat("d")] });
    const added = apply(before, { type: "seats.changed", first: 8, seq: 8, seats: [aSeat("c"), aSeat("a")] });
    const gone = aSeat("b", { online: false });
    const changed = apply(added, { type: "seats.changed", first: 9, seq: 9, seats: [gone] });
    expect(changed.seats).toEqual([aSeat("a"), gone, aSeat("c"), aSeat("d")]);
    expect(before.seats.map((seat) => seat.id)).toEqual(["b", "d"]);
  });

  it("puts a new deck last and changes a known one in its place", () => {
    const deck = (id: string, pages: number) => ({
      id,
      pages,
      title: id,
      state: "ready" as const,
      page_url: "/p/{page}",
      error: null,
    });
    const before = aSnapshot({ decks: [deck("x", 1), deck("y", 2)] });
    const changed = apply(before, { type: "deck.changed", seq: 8, deck: deck("x", 9) });
    const added = apply(changed, { type: "deck.changed", seq: 9, deck: deck("a", 3) });
    expect(added.decks.map((each) => [each.id, each.pages])).toEqual([
      ["x", 9],
      ["y", 2],
      ["a", 3],
    ]);
  });

  it("keeps the last messages only, and uses up the number of one that it may not read", () => {
    let snapshot = aSnapshot();
    for (let n = 0; n <= CHAT_KEPT; n += 1) {
      const message = { id: `m${n}`, seat: "a", room: "all" as const, text: `${n}`, at_ms: n };
      snapshot = apply(snapshot, { type: "chat.posted", seq: snapshot.seq + 1, message });
    }
    const after = apply(snapshot, { type: "chat.posted", seq: snapshot.seq + 1, message: null });
    expect(after.chat).toHaveLength(CHAT_KEPT);
    expect(after.chat[0]?.id).toBe("m1");
    expect(after).toEqual({ ...snapshot, seq: snapshot.seq + 1 });
  });
});

describe("step", () => {
  const seat = (seq: number, first = seq) => ({ type: "seats.changed" as const, first, seq, seats: [aSeat("z")] });

  it("applies the next event, drops an old one, and sees a gap", () => {
    const snapshot = aSnapshot();
    expect(step(snapshot, seat(8)).kind).toBe("next");
    expect(step(snapshot, seat(7))).toEqual({ kind: "old" });
    expect(step(snapshot, seat(9))).toEqual({ kind: "gap" });
  });

  it("applies an event for several numbers unless one before the first is missing", () => {
    const snapshot = aSnapshot();
    const next = step(snapshot, seat(12, 8));
    expect(next.kind === "next" && next.snapshot.seq).toBe(12);
    expect(step(snapshot, seat(12, 3)).kind).toBe("next");
    expect(step(snapshot, seat(7, 3))).toEqual({ kind: "old" });
    expect(step(snapshot, seat(12, 9))).toEqual({ kind: "gap" });
  });
});
