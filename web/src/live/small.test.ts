import { describe, expect, it } from "vitest";
import { ServerClock } from "./clock";
import { socketUrl } from "./config";
import { problemOf, readChoice } from "./devices";
import { size } from "./format";
import { fill } from "./say";
import { loudness } from "./sound";
import { linkWord } from "./stats";

describe("fill", () => {
  it("puts fields into a text and leaves unknown names alone", () => {
    expect(fill("{a} trên {b}, {c}", { a: 1, b: "hai" })).toBe("1 trên hai, {c}");
  });
});

describe("size", () => {
  it.each([
    [5 * 2 ** 30, "5,0\u00a0GB"],
    [4.8 * 2 ** 30, "4,8\u00a0GB"],
    [200 * 2 ** 20, "200,0\u00a0MB"],
    [0, "0,0\u00a0KB"],
  ])("%d bytes are %s", (bytes, words) => {
    expect(size(bytes)).toBe(words);
  });
});

describe("socketUrl", () => {
  it.each([
    ["/ws/session/x/", "https://hop.example/hop/x/", "wss://hop.example/ws/session/x/"],
    ["/ws/session/x/", "http://127.0.0.1:9000/hop/x/", "ws://127.0.0.1:9000/ws/session/x/"],
    ["ws://127.0.0.1:1/ws/", "http://127.0.0.1:9000/", "ws://127.0.0.1:1/ws/"],
  ])("%s on %s", (given, base, url) => {
    expect(socketUrl(given, base)).toBe(url);
  });
});

describe("linkWord", () => {
  it.each([
    [{ rttMs: null, lossUp: null, lossDown: null }, "good"],
    [{ rttMs: 40, lossUp: 0, lossDown: 0.01 }, "good"],
    [{ rttMs: 40, lossUp: 0.05, lossDown: 0 }, "fair"],
    [{ rttMs: 500, lossUp: 0, lossDown: 0 }, "fair"],
    [{ rttMs: 40, lossUp: 0, lossDown: 0.2 }, "poor"],
    [{ rttMs: 900, lossUp: 0, lossDown: 0 }, "poor"],
  ])("%j is %s", (link, word) => {
    expect(linkWord(link)).toBe(word);
  });
});

describe("problemOf", () => {
  it.each([
    ["NotAllowedError", "denied"],
    ["NotFoundError", "missing"],
    ["OverconstrainedError", "missing"],
    ["NotReadableError", "busy"],
    ["SecurityError", "insecure"],
    ["TypeError", "failed"],
  ])("%s means %s", (name, problem) => {
    const error = new Error("x");
    error.name = name;
    expect(problemOf(error)).toBe(problem);
  });
});

describe("readChoice", () => {
  const storage = (text: string | null) => ({ getItem: () => text });
  it("reads what was stored and survives what was not stored by us", () => {
    expect(readChoice(storage('{"camera":"c1","other":1,"speaker":7}'))).toEqual({
      microphone: "",
      camera: "c1",
      speaker: "",
    });
    for (const bad of [null, "", "{", "[]", "null", '"x"']) {
      expect(readChoice(storage(bad))).toEqual({ microphone: "", camera: "", speaker: "" });
    }
  });
});

describe("loudness", () => {
  it("is 0 for silence, 1 for full scale, and between for speech", () => {
    expect(loudness(new Float32Array(512))).toBe(0);
    expect(loudness(new Float32Array(512).fill(1))).toBe(1);
    const quiet = loudness(new Float32Array(512).fill(0.03));
    expect(quiet).toBeGreaterThan(0.4);
    expect(quiet).toBeLessThan(0.7);
  });
});

describe("ServerClock", () => {
  it("trusts the shortest round trip", () => {
    const clock = new ServerClock(() => 1000);
    clock.sample(0, 400, 5200); // 400 ms trip: centre 200, offset 5000
    expect(clock.now()).toBe(6000);
    clock.sample(500, 520, 5610); // 20 ms trip, centre 510 → offset 5100
    expect(clock.now()).toBe(6100);
    clock.sample(600, 900, 5800); // a long trip changes nothing
    expect(clock.now()).toBe(6100);
  });

  it("begins anew when a clock was set", () => {
    const clock = new ServerClock(() => 0);
    clock.sample(0, 10, 5);
    clock.sample(0, 400, 60_200);
    expect(clock.now()).toBe(60_000);
  });
});
