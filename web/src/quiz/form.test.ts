import { describe, expect, it } from "vitest";
import { isNumber } from "./form";

describe("isNumber", () => {
  it.each(["30", "30%", " 1.234,5 ", "1,234.5", "-0,5", "−3", "1 000", ",5", "30."])("takes %s", (typed) => {
    expect(isNumber(typed)).toBe(true);
  });

  it.each(["abc", "ba mươi", "-", "%", "12 phần", "1e5"])("does not take %s", (typed) => {
    expect(isNumber(typed)).toBe(false);
  });
});
