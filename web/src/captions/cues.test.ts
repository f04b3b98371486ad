import { describe, expect, it } from "vitest";
import { cueAt, readTime, timeText, type Cue } from "./cues";

const cue = (startMs: number, endMs: number): Cue => ({ startMs, endMs, text: "lời", speaker: "" });

describe("cueAt", () => {
  const cues = [cue(1000, 3000), cue(2000, 2500), cue(5000, 6000)];
  it.each([
    [0, -1],
    [1000, 0],
    [2200, 1],
    [2700, 0],
    [3000, -1],
    [5999, 2],
    [6000, -1],
  ])("at %i ms says number %i", (ms, number) => expect(cueAt(cues, ms)).toBe(number));
  it("says nothing of no cues", () => expect(cueAt([], 0)).toBe(-1));
});

describe("times", () => {
  it.each([
    [0, "00:00,000"],
    [75_250, "01:15,250"],
    [3_723_004, "1:02:03,004"],
  ])("%i ms is written %s and read again", (ms, text) => {
    expect(timeText(ms)).toBe(text);
    expect(readTime(text)).toBe(ms);
  });
  it.each([
    ["75", 75_000],
    ["1:15.5", 75_500],
    [" 90:00 ", 5_400_000],
    ["1:02:03.25", 3_723_250],
  ])("reads %s", (text, ms) => expect(readTime(text)).toBe(ms));
  it.each(["", "a", "1:75", "1:61:00", "-1", "1:2:3:4", "1,2345"])("does not read %s", (text) => expect(readTime(text)).toBeNull());
});
