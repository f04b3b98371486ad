import { describe, expect, it } from "vitest";
import { fold, places } from "./fold";

const marked = (text: string, sought: string) => places(fold(text), fold(sought).text).map(([from, to]) => text.slice(from, to));

describe("fold", () => {
  it.each([
    ["  Đỗ Thị\nÁnh ", "do thi anh"],
    ["Nghị quyết số 57-NQ/TW", "nghi quyet so 57-nq/tw"],
    ["ĐƯỜNG ĐỘT PHÁ", "duong dot pha"],
    ["Nghi\u0323 quye\u0302\u0301t", "nghi quyet"],
    ["ភាសាខ្មែរ", "ភាសាខ្មែរ"],
    ["", ""],
  ])("makes %s %s", (text, plain) => expect(fold(text).text).toBe(plain));
});

describe("places", () => {
  it("finds with and without diacritics, and shows the original", () => {
    expect(marked("Quán triệt Nghị quyết, nghị  quyết và NGHỊ\nQUYẾT", "nghi quyet")).toEqual(["Nghị quyết", "nghị  quyết", "NGHỊ\nQUYẾT"]);
    expect(marked("đột phá", "dot")).toEqual(["đột"]);
    expect(marked("đột phá", "ĐỘT")).toEqual(["đột"]);
  });
  it("takes marks that stand alone along", () => expect(marked("nghi\u0323 quye\u0302\u0301t", "nghị")).toEqual(["nghi\u0323"]));
  it("finds nothing of nothing", () => expect(marked("nghị quyết", " ")).toEqual([]));
});
