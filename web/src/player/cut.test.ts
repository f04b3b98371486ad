import { describe, expect, it } from "vitest";
import { frameAt, frameMs, lines, momentAt, parseMs, written } from "./cut";

describe("moments", () => {
  it("reads what people write, and writes it back", () => {
    expect(parseMs("0:04:09.280")).toBe(249_280);
    expect(parseMs("4:09,28")).toBe(249_280);
    expect(parseMs("75.5")).toBe(75_500);
    for (const wrong of ["", "1:60", "0:61:00", "-1", "1:2:3:4"]) expect(parseMs(wrong)).toBeNull();
    expect(written(3_849_280)).toBe("1:04:09.280");
  });

  it("finds a frame again by its rounded moment", () => {
    for (const fps of [12, 24, 25, 30, 50, 60]) {
      for (let frame = 0; frame < 500; frame++) expect(frameAt(frameMs(frame, fps), fps)).toBe(frame);
    }
  });
});

describe("preview", () => {
  it("takes the last moment at or before", () => {
    const moments = [0, 1000, 5000].map((at_ms) => ({ at_ms, tiles: {}, names: {} }));
    expect([0, 999, 1000, 9999].map((ms) => momentAt(moments, ms)?.at_ms)).toEqual([0, 0, 1000, 5000]);
    expect(momentAt([], 0)).toBeUndefined();
  });

  it("breaks names between words, and tells where something is left over", () => {
    const fits = (line: string) => line.length <= 10;
    expect(lines("Điểm cầu  Châu Thành", 2, fits)).toEqual(["Điểm cầu", "Châu Thành"]);
    expect(lines("Điểm cầu huyện Châu Thành", 2, fits)).toEqual(["Điểm cầu", "huyện Châu …"]);
    expect(lines("", 2, fits)).toEqual([]);
  });
});
