import { describe, expect, it } from "vitest";
import { clockText, length, nextGap, within, without, type Span } from "./spans";

describe("spans", () => {
  const watched: Span[] = [
    [0, 10_000],
    [20_000, 30_000],
  ];
  it("measures, cuts and subtracts", () => {
    expect(length(watched)).toBe(20_000);
    expect(within(watched, 5_000, 25_000)).toEqual([
      [5_000, 10_000],
      [20_000, 25_000],
    ]);
    expect(without([[0, 40_000]], watched)).toEqual([
      [10_000, 20_000],
      [30_000, 40_000],
    ]);
    expect(without(watched, [[0, 40_000]])).toEqual([]);
  });
  it("goes to the next gap, then to the first, and not to crumbs", () => {
    const required: Span[] = [[0, 40_000]];
    expect(nextGap(required, watched, 0)).toBe(10_000);
    expect(nextGap(required, watched, 15_000)).toBe(30_000);
    expect(nextGap(required, watched, 35_000)).toBe(10_000);
    expect(nextGap(required, [[0, 20_000], [20_500, 30_000]], 0)).toBe(30_000);
    expect(nextGap(required, [[0, 20_000], [20_500, 40_000]], 0)).toBe(20_000);
    expect(nextGap(required, required, 0)).toBeNull();
  });
  it("writes times", () => expect([0, 432_000, 3_723_999].map(clockText)).toEqual(["00:00", "07:12", "1:02:03"]));
});
