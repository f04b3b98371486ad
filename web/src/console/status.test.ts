import { describe, expect, it } from "vitest";
import { aProgram, aSeat } from "../live/samples";
import type { LinkView } from "../wire.gen";
import { conditionOf, isTrouble, rank } from "./status";

const LINK: LinkView = {
  type: "link",
  seat: "s",
  up: true,
  down: true,
  rtt_ms: 30,
  loss_up: 0,
  loss_down: 0,
  up_bps: 0,
  down_bps: 0,
  sending: [],
  pictures: [],
};
const known = (change: Partial<LinkView> = {}, atMs = 1000) => ({
  link: { view: { ...LINK, ...change }, atMs },
  lostSinceMs: null,
});
const holding = aProgram({ floor: { holder: "s", since_ms: 0, queue: [] } });

describe("conditionOf", () => {
  it("tells who never came from who was lost", () => {
    const away = aSeat("s", { online: false });
    expect(conditionOf(away, { link: undefined, lostSinceMs: null }, aProgram(), 1000, 1000)).toBe("absent");
    expect(conditionOf(away, { link: undefined, lostSinceMs: 5 }, aProgram(), 1000, 1000)).toBe("lost");
  });

  it("needs fresh word of a down connection", () => {
    expect(conditionOf(aSeat("s"), known(), aProgram(), 2000, 0)).toBe("good");
    expect(conditionOf(aSeat("s"), known(), aProgram(), 9000, 0)).toBe("no_media");
    expect(conditionOf(aSeat("s"), known({ down: false }), aProgram(), 2000, 0)).toBe("no_media");
    expect(conditionOf(aSeat("s"), { link: undefined, lostSinceMs: null }, aProgram(), 2000, 0)).toBe("no_media");
  });

  it("alarms when the floor's holder is not heard or seen, but not at once", () => {
    expect(conditionOf(aSeat("s"), known(), holding, 2000, 3000)).toBe("good");
    expect(conditionOf(aSeat("s"), known(), holding, 2000, 5000)).toBe("no_sound");
    expect(conditionOf(aSeat("s"), known({ sending: ["mic"] }), holding, 2000, 5000)).toBe("no_picture");
    expect(conditionOf(aSeat("s"), known({ sending: ["mic", "camera"] }), holding, 2000, 5000)).toBe("good");
  });

  it("passes on the word for the link", () => {
    expect(conditionOf(aSeat("s"), known({ loss_up: 0.2 }), aProgram(), 2000, 0)).toBe("poor");
    expect(conditionOf(aSeat("s"), known({ rtt_ms: 500 }), aProgram(), 2000, 0)).toBe("fair");
  });
});

describe("rank", () => {
  it("puts trouble first, then hands in order, then the well, then the absent", () => {
    const order = [
      rank("lost", 0),
      rank("no_sound", 0),
      rank("poor", 3),
      rank("good", 1),
      rank("good", 2),
      rank("fair", 0),
      rank("absent", 0),
    ];
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(new Set(order).size).toBe(order.length);
  });

  it("counts neither the absent nor the fair as trouble", () => {
    expect([isTrouble("absent"), isTrouble("fair"), isTrouble("poor")]).toEqual([false, false, true]);
  });
});
