import { describe, expect, it } from "vitest";
import { addressAt } from "./sharing";
import { Stalls } from "./stalls";

describe("Stalls", () => {
  it("calls a line slow at the third wait within a minute and a half, then counts anew", () => {
    const stalls = new Stalls();
    expect([0, 100_000, 150_000, 180_000, 190_000, 200_000, 210_000].map((ms) => stalls.stalled(ms))).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
  });
});

describe("addressAt", () => {
  it("names whole seconds, and not the beginning", () => {
    expect([null, 400, 75_900].map((ms) => addressAt("/x/", ms))).toEqual(["/x/", "/x/", "/x/?t=75"]);
  });
});
