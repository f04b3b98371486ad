import { describe, expect, it } from "vitest";
import { airOf, isHeard, isNamed, mayBeSeen, partOf, placeInQueue, sends } from "./policy";
import { aProgram } from "./samples";

const ALL = { microphone: true, camera: true, screen: true };
const NOTHING = { microphone: false, camera: false, screen: false };
const withHolder = (holder: string | null) =>
  aProgram({
    floor: { holder, since_ms: holder ? 5 : null, queue: [] },
    speaker: holder ?? "presenter",
    voices: [...(holder ? [holder] : []), "presenter", "chair"],
  });

describe("what a seat sends", () => {
  it("sends nothing while it is in the audience, whatever is switched on", () => {
    expect(sends(withHolder(null), "site", ALL)).toEqual(NOTHING);
  });

  it("sends sound and picture while it has the floor, and stops when it yields", () => {
    expect(sends(withHolder("site"), "site", ALL)).toEqual({ microphone: true, camera: true, screen: false });
    expect(sends(withHolder(null), "site", ALL)).toEqual(NOTHING);
  });

  it("sends only what is switched on", () => {
    const sent = sends(withHolder("site"), "site", { ...ALL, microphone: false });
    expect(sent).toEqual({ microphone: false, camera: true, screen: false });
  });

  it("keeps the presenter's camera on while a site speaks, so that the picture comes back at once", () => {
    expect(sends(withHolder("site"), "presenter", ALL).camera).toBe(true);
  });

  it("sends the camera, but no sound, while it is one of the first in the queue", () => {
    const queue = ["a", "b", "c", "d", "e", "f", "g"].map((seat, at_ms) => ({ seat, at_ms }));
    const program = aProgram({ floor: { holder: null, since_ms: null, queue } });
    expect(sends(program, "f", ALL)).toEqual({ microphone: false, camera: true, screen: false });
    expect(sends(program, "g", ALL)).toEqual(NOTHING);
  });

  it.each(["scheduled", "break", "ended"] as const)("names nobody when the session is %s", (state) => {
    expect(isNamed(aProgram({ state }), "presenter")).toBe(false);
    expect(isNamed(aProgram({}), "presenter")).toBe(true);
  });

  it.each(["scheduled", "break", "ended"] as const)("sends no sound and no camera when the session is %s", (state) => {
    expect(sends(aProgram({ state }), "presenter", ALL)).toEqual(NOTHING);
  });

  it("sends a screen only while the program shows that seat's screen", () => {
    const content = { kind: "screen" as const, deck: null, page: null, pages: null, seat: "presenter" };
    expect(sends(aProgram({ content }), "presenter", ALL).screen).toBe(true);
    expect(sends(aProgram({ content }), "chair", ALL).screen).toBe(false);
    const deck = { ...content, kind: "deck" as const, deck: "d", page: 1, pages: 2 };
    expect(sends(aProgram({ content: deck }), "presenter", ALL).screen).toBe(false);
  });
});

describe("parts", () => {
  it("names the strongest part of a seat", () => {
    expect(partOf(withHolder("chair"), "chair")).toBe("holder");
    expect(partOf(withHolder(null), "presenter")).toBe("presenter");
    expect(partOf(withHolder(null), "chair")).toBe("chair");
    expect(partOf(aProgram({ pinned: "site" }), "site")).toBe("pinned");
    expect(partOf(withHolder(null), "site")).toBe("audience");
  });

  it("lets a pinned seat be seen but not heard", () => {
    const program = aProgram({ pinned: "site", speaker: "site" });
    expect(mayBeSeen(program, "site")).toBe(true);
    expect(isHeard(program, "site")).toBe(false);
  });

  it("counts places in the queue from one", () => {
    const queue = [
      { seat: "a", at_ms: 1 },
      { seat: "b", at_ms: 2 },
    ];
    const program = aProgram({ floor: { holder: null, since_ms: null, queue } });
    expect([placeInQueue(program, "a"), placeInQueue(program, "b"), placeInQueue(program, "c")]).toEqual([1, 2, 0]);
  });
});

describe("what others have of a seat that is on air", () => {
  const sent = (microphone: boolean, camera: boolean) => ({ microphone, camera, screen: false });

  it("is seen only on the main picture", () => {
    expect([airOf(sent(true, true), true), airOf(sent(true, true), false)]).toEqual(["heard", "heard_unseen"]);
    expect([airOf(sent(false, true), true), airOf(sent(false, true), false)]).toEqual(["seen_only", "ready"]);
  });

  it("is heard without a camera, and neither with both off", () => {
    expect([airOf(sent(true, false), true), airOf(sent(false, false), true)]).toEqual(["heard_only", "muted"]);
  });
});
