import { describe, expect, it } from "vitest";
import { Line, type Step } from "./line";
import { limited, matched } from "./uplink";

const EVERY_MS = 200;

/** A line that the browser thinks to carry so much at each moment; what the page does about it, and when (s). */
function play(seconds: number, availableBps: (atS: number) => number): [number, Step][] {
  const line = new Line();
  const steps: [number, Step][] = [];
  for (let atMs = 0; atMs <= seconds * 1000; atMs += EVERY_MS) {
    const bps = availableBps(atMs / 1000);
    const step = line.read({ atMs, availableBps: bps, limited: bps < 2_000_000 });
    if (step) steps.push([atMs / 1000, step]);
  }
  return steps;
}

const times = (steps: [number, Step][], wanted: Step) => steps.filter(([, step]) => step === wanted).map(([atS]) => atS);
const gaps = (atS: number[]) => atS.slice(1).map((each, place) => each - (atS[place] ?? 0));

describe("Line", () => {
  it("does nothing about a line that carries all, however low its estimate begins", () => {
    expect(play(60, (atS) => (atS < 1 ? 300_000 : 2_500_000))).toEqual([]);
    expect(times(play(10, (atS) => (atS < 5 ? 300_000 : 2_500_000)), "narrow")).toEqual([]);
  });

  it("sends the smallest picture only as soon as the line falls, and waits before it probes", () => {
    const steps = play(14, (atS) => (atS < 4 ? 2_500_000 : 170_000));
    expect(steps[0]).toEqual([4, "narrow"]);
    expect(times(steps, "probe")[0]).toBe(7);
  });

  it("asks again soon for a probe that was not made, and not before its time after one that was", () => {
    const made = play(14, (atS) => (atS < 4 ? 2_500_000 : atS > 7 && atS % 1.2 < 0.5 ? 190_000 : 170_000));
    expect(Math.min(...gaps(times(made, "probe")))).toBeGreaterThan(0.99);
    const unmade = play(14, (atS) => (atS < 4 ? 2_500_000 : 170_000));
    expect(Math.max(...gaps(times(unmade, "probe")))).toBeCloseTo(0.4);
  });

  it("sends all again as soon as it is sure that there is more, and probes once Chromium knows", () => {
    const steps = play(16, (atS) => (atS < 4 ? 2_500_000 : atS < 12 ? 170_000 : 260_000));
    expect(times(steps, "wide")).toEqual([12]);
    expect(times(steps, "probe").find((atS) => atS > 12)).toBe(12.2);
  });

  it("does not take one high reading soon after the fall for a wide line", () => {
    const steps = play(12, (atS) => (atS < 4 ? 2_500_000 : atS === 8 ? 290_000 : 170_000));
    expect(times(steps, "wide")).toEqual([]);
  });

  it("is not led astray by an estimate that jumps while it rises again", () => {
    const rising = (atS: number) => (atS < 12.5 ? 260_000 : Math.round(atS * 4) % 2 ? 700_000 : 374_000);
    const steps = play(30, (atS) => (atS < 4 ? 2_500_000 : atS < 12 ? 170_000 : atS < 15 ? rising(atS) : 2_000_000));
    expect(times(steps, "narrow")).toEqual([4]);
  });

  it("stops again at once where all was sent to a line that is narrow still", () => {
    const steps = play(16, (atS) => (atS < 4 ? 2_500_000 : atS < 12 ? 170_000 : atS < 13 ? 500_000 : 180_000));
    expect(times(steps, "wide")).toEqual([12]);
    expect(times(steps, "narrow")).toEqual([4, 13]);
  });

  it("waits longer each time that sending all again was wrong", () => {
    const steps = play(200, (atS) => (atS < 4 ? 2_500_000 : 260_000));
    const narrow = gaps(times(steps, "narrow"));
    expect(narrow.length).toBeGreaterThan(3);
    expect(narrow).toEqual([...narrow].sort((one, other) => one - other));
    expect(narrow[0]).toBeLessThan(8);
    expect(narrow[narrow.length - 1]).toBeGreaterThan(60);
  });

  it("probes ever more seldom where that shows nothing, and tries all again in the end", () => {
    const steps = play(60, (atS) => (atS < 4 ? 2_500_000 : 170_000));
    expect(times(steps, "wide")).toEqual([47]);
    const probes = gaps(times(steps, "probe").filter((atS) => atS < 47));
    expect(probes[probes.length - 1]).toBeGreaterThan(5);
  });

  it("does not probe a line of which much is sent still while its estimate falls", () => {
    const steps = play(10, (atS) => (atS < 4 ? 2_500_000 : 1_900_000 * 0.9 ** ((atS - 4) / 0.25)));
    expect(times(steps, "probe").filter((atS) => atS < (times(steps, "narrow")[0] ?? 0))).toEqual([]);
  });
});

describe("limited", () => {
  const sdp = "v=0\r\no=- 1 1 IN IP4 0\r\nm=audio 9 X 111\r\nc=IN IP4 0\r\na=mid:0\r\nm=video 9 X 96\r\nc=IN IP4 0\r\nb=AS:9\r\na=mid:1\r\na=simulcast:recv q;h;f\r\n";

  it("puts one limit into each video section, and leaves all else as it was", () => {
    const changed = limited(sdp, 3100, false);
    expect(changed.split("\r\n").filter((line) => line.startsWith("b="))).toEqual(["b=AS:3100"]);
    expect(changed.replace("b=AS:3100", "b=AS:9")).toBe(sdp);
    expect(changed.indexOf("b=AS")).toBeGreaterThan(changed.indexOf("m=video"));
  });

  it("pauses all layers but the first, and takes that back", () => {
    const small = limited(sdp, 800, true);
    expect(small).toContain("a=simulcast:recv q;~h;~f\r\n");
    expect(limited(small, 9, false)).toBe(sdp);
  });
});

describe("matched", () => {
  const sections = (...directions: string[]) =>
    ["v=0\r\n", ...directions.map((each, place) => `m=video 9 X 96\r\na=mid:${place}\r\na=${each}\r\n`)].join("");

  it("answers a section that sends nothing with one that receives nothing, and takes that back", () => {
    const silent = matched(sections("recvonly", "recvonly"), sections("sendonly", "inactive"));
    expect(silent).toBe(sections("recvonly", "inactive"));
    expect(matched(silent, sections("sendonly", "sendonly"))).toBe(sections("recvonly", "recvonly"));
  });
});
