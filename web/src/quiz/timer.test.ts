import { describe, expect, it } from "vitest";
import { clockText, marksBetween, serverClock } from "./timer";

describe("marksBetween", () => {
  it("announces half, five minutes and one minute once each over a whole attempt", () => {
    const total = 15 * 60_000;
    const heard = [];
    for (let left = total; left > -1000; left -= 250) heard.push(...marksBetween(left + 250, left, total));
    expect(heard).toEqual(["half", "five", "one"]);
  });
  it("does not announce five minutes in an attempt of four", () => {
    const heard = [];
    for (let left = 240_000; left > 0; left -= 1000) heard.push(...marksBetween(left + 1000, left, 240_000));
    expect(heard).toEqual(["half", "one"]);
  });
  it("announces what a sleeping page skipped", () => {
    expect(marksBetween(10 * 60_000, 30_000, 15 * 60_000)).toEqual(["half", "five", "one"]);
  });
});

describe("clockText", () => {
  it.each([
    [0, "0:00"],
    [-5000, "0:00"],
    [59_001, "1:00"],
    [899_999, "15:00"],
    [3_723_000, "1:02:03"],
  ])("%d ms is %s", (ms, text) => expect(clockText(ms)).toBe(text));
});

describe("serverClock", () => {
  it("follows the monotonic clock", () => {
    let monotonic = 500;
    const clock = serverClock(1_000_000, 500, () => monotonic);
    monotonic = 2500;
    expect(clock.nowMs()).toBe(1_002_000);
  });
});
