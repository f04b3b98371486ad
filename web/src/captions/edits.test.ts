import { describe, expect, it } from "vitest";
import { add, change, join, named, Past, remove, shift, split, type Line } from "./edits";

const line = (startMs: number, endMs: number, text = "lời", speaker = ""): Line => named({ startMs, endMs, text, speaker });
const shown = (lines: readonly Line[] | null | undefined) => lines?.map(({ startMs, endMs, text, speaker }) => [startMs, endMs, text, speaker]);

describe("editing", () => {
  it("keeps the order when a time moves a line past another", () => {
    const [a, b] = [line(0, 1000, "một"), line(2000, 3000, "hai")];
    expect(change([a, b], a.id, { startMs: 4000, endMs: 5000 }).map(({ id }) => id)).toEqual([b.id, a.id]);
    expect(remove([a, b], a.id)).toEqual([b]);
  });

  it("adds a line that ends where the next one begins", () => {
    expect(shown(add([line(5000, 6000)], 3000).lines)?.[0]).toEqual([3000, 5000, "", ""]);
    expect(shown(add([], 3000).lines)).toEqual([[3000, 6000, "", ""]]);
  });

  it("splits words at the caret and time at the position", () => {
    const one = line(0, 4000, "Kính thưa các đồng chí", "Chủ tọa");
    expect(shown(split([one], one.id, 9, 1500)?.lines)).toEqual([
      [0, 1500, "Kính thưa", "Chủ tọa"],
      [1500, 4000, "các đồng chí", "Chủ tọa"],
    ]);
  });

  it("splits in the middle where caret and position are elsewhere", () => {
    const one = line(1000, 5000, "hai ba hai ba");
    expect(shown(split([one], one.id, 0, 99_000)?.lines)).toEqual([
      [1000, 3000, "hai ba", ""],
      [3000, 5000, "hai ba", ""],
    ]);
  });

  it("does not split one word, nor next to nothing", () => {
    const [word, short] = [line(0, 4000, "vâng"), line(0, 500, "một hai")];
    expect(split([word], word.id, 2, 2000)?.lines.length ?? 1).toBe(2); // asked for by the caret: a word may be cut
    expect(split([word], word.id, 0, 2000)).toBeNull();
    expect(split([short], short.id, 3, 250)).toBeNull();
  });

  it("joins, and names who else speaks", () => {
    const lines = [line(0, 2000, "Tôi nhất trí.", "An"), line(1000, 1500, "Xin mời.", "Bình"), line(3000, 4000)];
    expect(shown(join(lines, lines[0]!.id))?.[0]).toEqual([0, 2000, "Tôi nhất trí.\nBình: Xin mời.", "An"]);
    expect(join(lines, lines[2]!.id)).toBeNull();
  });

  it("shifts all, but not before the beginning", () => {
    const lines = [line(1000, 2000), line(3000, 4000)];
    expect(shown(shift(lines, -1000))?.map(([start]) => start)).toEqual([0, 2000]);
    expect(shift(lines, -1001)).toBeNull();
  });
});

describe("Past", () => {
  it("undoes the letters of one text together, and does them again", () => {
    const first = line(0, 1000, "");
    const past = new Past([first]);
    past.set(change(past.lines, first.id, { text: "N" }), "text");
    past.set(change(past.lines, first.id, { text: "Ng" }), "text");
    past.set(remove(past.lines, first.id));
    past.undo();
    expect(past.lines[0]?.text).toBe("Ng");
    past.undo();
    expect([past.lines[0]?.text, past.canUndo]).toEqual(["", false]);
    past.redo();
    past.redo();
    expect([past.lines.length, past.canRedo]).toEqual([0, false]);
  });

  it("forgets what was undone once something else is done", () => {
    const past = new Past([]);
    past.set([line(0, 1000)]);
    past.undo();
    past.set([line(0, 2000)]);
    expect(past.canRedo).toBe(false);
  });
});
