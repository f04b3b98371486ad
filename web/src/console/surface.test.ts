import { describe, expect, it } from "vitest";
import { aProgram, aSnapshot } from "../live/samples";
import { surfaceOf } from "./surface";

const running = aSnapshot();
const ended = aSnapshot({ program: aProgram({ state: "ended" }) });

describe("surfaceOf", () => {
  it.each(["connecting", "inside", "away", "taken", "signed_out", "refused"] as const)(
    "is the end's once the session has ended, also while %s",
    (phase) => {
      expect(surfaceOf({ phase, snapshot: ended })).toBe("ended");
    },
  );

  it.each([
    ["inside", "console"],
    ["away", "console"],
    ["connecting", "connecting"],
    ["occupied", "gone"],
    ["left", "gone"],
  ] as const)("of a running session is, while %s, %s", (phase, surface) => {
    expect(surfaceOf({ phase, snapshot: running })).toBe(surface);
  });

  it("waits for the first snapshot", () => {
    expect(surfaceOf({ phase: "inside", snapshot: null })).toBe("connecting");
  });
});
