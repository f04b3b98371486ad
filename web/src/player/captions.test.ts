import { describe, expect, it } from "vitest";
import { chosenTrack, type CaptionTrack } from "./captions";

const track = (language: string): CaptionTrack => ({ language, label: language, vtt: "", cues: "" });

describe("chosenTrack", () => {
  const tracks = [track("vi"), track("km")];
  it("is the one that this device wants", () => expect(chosenTrack(tracks, "km")).toBe(1));
  it("is the first one for who wants none, or one that is not there", () => {
    expect(chosenTrack(tracks, null)).toBe(0);
    expect(chosenTrack(tracks, "en")).toBe(0);
  });
});
