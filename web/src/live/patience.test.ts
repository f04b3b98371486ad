import { describe, expect, it } from "vitest";
import { Patience } from "./patience";

const EVERY_MS = 500;
const PACKETS = 45;

/** What is held back after each half second in which so many packets were asked for again. */
function play(asked: number[], rttMs: number | null = 20): (number | null)[] {
  const patience = new Patience();
  let total = 0;
  return asked.map((each, place) => {
    total += each;
    return patience.read({ atMs: place * EVERY_MS, packets: place * PACKETS, asked: total, rttMs });
  });
}

describe("Patience", () => {
  it("holds nothing back on a line that loses nothing", () => {
    expect(new Set(play(Array(100).fill(0)))).toEqual(new Set([null]));
  });

  it("says nothing for one packet that was lost", () => {
    expect(new Set(play([0, 0, 1, 0, 0, 1, 0]))).toEqual(new Set([null]));
  });

  it("holds back at the first half second with several, for as long as it takes to get them again", () => {
    expect(play([0, 0, 4, 5])).toEqual([null, null, 200, 200]);
    expect(play([0, 4], 140)).toEqual([null, 300]);
    expect(play([0, 4], 3000)).toEqual([null, 450]);
    expect(play([0, 4], null)).toEqual([null, 150]);
  });

  it("shows at once again when nothing was lost for half a minute", () => {
    const held = play([0, 4, ...Array(80).fill(0)]);
    expect(held.filter((each) => each === 200).length).toBe(60);
    expect(held[held.length - 1]).toBe(null);
  });

  it("begins anew with a new connection's counters", () => {
    const patience = new Patience();
    const reading = { atMs: 0, packets: 100, asked: 50, rttMs: 20 };
    expect(patience.read(reading)).toBe(null);
    expect(patience.read({ ...reading, atMs: 500, packets: 3, asked: 0 })).toBe(null);
    expect(patience.read({ ...reading, atMs: 1000, packets: 40, asked: 6 })).toBe(200);
  });
});
