import { describe, expect, it } from "vitest";
import { news } from "./news";
import { aProgram, aSeat, aSnapshot } from "./samples";
import type { ProgramView, Snapshot } from "../wire.gen";

const SEATS = [aSeat("a", { name: "An" }), aSeat("b", { name: "Bình" })];
const at = (program: Partial<ProgramView>, rest: Partial<Snapshot> = {}) =>
  aSnapshot({ seats: SEATS, program: aProgram(program), ...rest });
const floor = (holder: string | null, ...waiting: string[]) => ({
  floor: { holder, since_ms: holder ? 1 : null, queue: waiting.map((seat) => ({ seat, at_ms: 1 })) },
});
const keys = (before: Snapshot, after: Snapshot, me = "a") => news(before, after, me).map((each) => each.key);

describe("news", () => {
  it("is silent when nothing that matters changed", () => {
    expect(keys(at({}), at({}, { seq: 9 }))).toEqual([]);
  });

  it("tells the one who gets the floor, and names them to the others", () => {
    const [before, after] = [at(floor(null, "a")), at(floor("a"))];
    expect(keys(before, after, "a")).toEqual(["news.you_have_floor"]);
    expect(news(before, after, "b")).toEqual([
      { key: "news.has_floor", tone: "info", shown: false, fields: { name: "An" } },
    ]);
  });

  it("tells of the change when the floor passes from one to the next", () => {
    const [before, after] = [at(floor("a", "b")), at(floor("b"))];
    expect(keys(before, after, "a")).toEqual(["news.your_floor_over", "news.has_floor"]);
    expect(keys(before, after, "b")).toEqual(["news.you_have_floor"]);
  });

  it("tells only the one whose request went", () => {
    const [before, after] = [at(floor(null, "a")), at(floor(null))];
    expect(keys(before, after, "a")).toEqual(["news.request_removed"]);
    expect(keys(before, after, "b")).toEqual([]);
  });

  it("tells of start, break, going on and the end", () => {
    const states = ["open", "live", "break", "live", "ended"] as const;
    const told = states.slice(1).map((state, index) => keys(at({ state: states[index] ?? "open" }), at({ state })));
    expect(told).toEqual([["news.live"], ["news.break"], ["news.resumed"], ["news.ended"]]);
  });

  it("tells of nothing but the end when the session ends", () => {
    const ended = at({ state: "ended", ...floor(null) });
    expect(keys(at(floor("b", "a")), ended, "a")).toEqual(["news.ended"]);
    expect(keys(at(floor("a")), ended, "a")).toEqual(["news.ended"]);
  });

  it("reads a turned page out without showing it", () => {
    const content = (page: number) => ({ content: { kind: "deck" as const, deck: "d", page, pages: 9, seat: "b" } });
    expect(news(at(content(1)), at(content(2)), "a")).toEqual([
      { key: "news.page", tone: "info", shown: false, fields: { page: 2, pages: 9 } },
    ]);
  });

  it("tells of trouble with the recording once", () => {
    const well = at({}, { recording: { state: "recording", code: null, replay_url: null, free_bytes: null } });
    const full = at({}, { recording: { state: "trouble", code: "recording.disk_full", replay_url: null, free_bytes: null } });
    expect(keys(well, full)).toEqual(["news.recording_trouble"]);
    expect(keys(full, full)).toEqual([]);
  });
});
