import { describe, expect, it, vi } from "vitest";
import { actionOf, type Player, presses } from "./keyboard";

function player(): Player {
  const names = ["toggle", "move", "toFraction", "louder", "mute", "faster", "chapter", "unwatched", "captions", "pictureInPicture", "fullscreen", "help"];
  return Object.fromEntries(names.map((name) => [name, vi.fn()])) as unknown as Player;
}

describe("actionOf", () => {
  it.each([
    ["k", "toggle", []],
    [" ", "toggle", []],
    ["J", "move", [-10]],
    ["l", "move", [10]],
    ["ArrowRight", "move", [5]],
    ["7", "toFraction", [0.7]],
    ["m", "mute", []],
    [">", "faster", [1]],
    ["p", "chapter", [-1]],
    ["u", "unwatched", []],
    ["c", "captions", []],
    ["i", "pictureInPicture", []],
    ["f", "fullscreen", []],
    ["?", "help", []],
  ] as const)("%s does %s", (key, name, values) => {
    const it = player();
    actionOf(key, it)?.();
    expect(it[name]).toHaveBeenCalledWith(...values);
  });
  it("leaves other keys alone", () => {
    for (const key of ["x", "Tab", "Enter", "Escape", "F5"]) expect(actionOf(key, player())).toBeNull();
  });
});

describe("presses", () => {
  /** Something whose name, and nothing else, a selector may name. */
  const named = (name: string) => ({ closest: (selectors: string) => (selectors.split(", ").includes(name) ? ({} as Element) : null) });

  it.each(["button", "a", "media-play-button", "media-playback-rate-menu-button", "media-rendition-menu-button"])("the space bar belongs to %s", (name) => {
    expect(presses(named(name) as unknown as Element)).toBe(true);
  });
  it.each(["body", "media-time-range", "media-controller"])("and not to %s", (name) => {
    expect(presses(named(name) as unknown as Element)).toBe(false);
  });
});
