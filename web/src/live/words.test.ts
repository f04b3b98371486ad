import { describe, expect, it } from "vitest";
import * as console_ from "../console/text";
import * as room from "../room/text";
import { lines, running } from "./agenda";
import { clockTime, count, dateTime, duration, durationInWords, fold, percent, speed } from "./format";
import { captionOf, presence, sorted } from "./roll";
import { aProgram, aSeat, aSnapshot } from "./samples";
import * as live from "./text";

const fields = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe.each([
  ["live", live],
  ["room", room],
  ["console", console_],
])("texts of %s", (_name, { vi, en }) => {
  it("fill the same fields in both languages, and are never empty", () => {
    for (const [key, text] of Object.entries(vi)) {
      const other = (en as Record<string, string>)[key] ?? "";
      expect([key, fields(other)]).toEqual([key, fields(text)]);
      expect([key, text.trim() && other.trim() && true]).toEqual([key, true]);
    }
  });
});

describe("format", () => {
  it("writes times, numbers and fractions as Vietnamese people do", () => {
    const morning = Date.UTC(2026, 10, 22, 1, 20);
    expect([clockTime(morning), dateTime(morning)]).toEqual(["08:20", "08:20 22/11/2026"]);
    expect([count(5943), percent(0.0914), speed(1_540_000), speed(48_300)]).toEqual([
      "5.943",
      "9,1%",
      "1,5 Mb/s",
      "48 kb/s",
    ]);
  });

  it("writes durations", () => {
    expect([-5, 0, 61_000, 3_723_000].map(duration)).toEqual(["00:00", "00:00", "01:01", "1:02:03"]);
  });

  it("writes durations in words", () => {
    expect([-5, 58_000, 598_999, 3_723_000].map(durationInWords)).toEqual([
      "0 giây",
      "58 giây",
      "9 phút 58 giây",
      "1 giờ 2 phút",
    ]);
  });

  it("folds marks for searching", () => {
    expect([fold("Gò Quao"), fold("Đất")]).toEqual(["go quao", "dat"]);
  });
});

describe("running", () => {
  const item = (id: string) => ({
    id,
    title: id,
    kind: "item" as const,
    planned_start_ms: 0,
    planned_minutes: 10,
    presenter: null,
  });
  const snapshot = aSnapshot({
    agenda: [item("x"), item("y")],
    program: aProgram({ agenda_item: "x", agenda_since_ms: 1000 }),
  });

  it("counts what is left of the running item, also beyond its end", () => {
    expect(running(snapshot, 1000 + 150_000)).toMatchObject({ leftMs: 450_000, passed: 0.25, next: { id: "y" } });
    expect(running(snapshot, 1000 + 660_000)).toMatchObject({ leftMs: -60_000, passed: 1 });
  });

  it("passes over what is done already", () => {
    const program = aProgram({ agenda_item: "x", agenda_since_ms: 1000, agenda_done: ["y"] });
    expect(running({ ...snapshot, program }, 1000)?.next).toBeNull();
  });

  it("is null where nothing runs", () => {
    expect(running(aSnapshot({ agenda: [item("x")] }), 0)).toBeNull();
  });
});

describe("lines", () => {
  const MINUTE = 60_000;
  const planned = 100 * MINUTE;
  const agenda = ["a", "b", "c", "d"].map((id, at) => ({
    id,
    title: id,
    kind: "item" as const,
    planned_start_ms: planned + at * 10 * MINUTE,
    planned_minutes: 10,
    presenter: null,
  }));
  const seen = (program: Parameters<typeof aProgram>[0], nowMs: number) =>
    lines(aSnapshot({ agenda, program: aProgram(program) }), nowMs).map((line) => [
      line.item.id,
      line.state,
      line.startMs === null ? null : (line.startMs - planned) / MINUTE,
      line.first,
    ]);

  it("goes by the plan while nothing runs", () => {
    expect(seen({}, planned + 23 * MINUTE)).toEqual([
      ["a", "coming", 0, true],
      ["b", "coming", 10, false],
      ["c", "coming", 20, false],
      ["d", "coming", 30, false],
    ]);
  });

  it("moves what comes by the delay, and by more once the running item is over its time", () => {
    const late = { agenda_item: "b", agenda_since_ms: planned + 33 * MINUTE, agenda_done: ["a"] };
    expect(seen(late, planned + 34 * MINUTE)).toEqual([
      ["a", "done", null, false],
      ["b", "running", 33, false],
      ["c", "coming", 43, true],
      ["d", "coming", 53, false],
    ]);
    expect(seen(late, planned + 50 * MINUTE).slice(2)).toEqual([
      ["c", "coming", 50, true],
      ["d", "coming", 60, false],
    ]);
  });

  it("says nothing of the time of items that were left out, or are opened again", () => {
    expect(seen({ agenda_item: "c", agenda_since_ms: planned, agenda_done: ["d", "a"] }, planned)).toEqual([
      ["a", "done", null, false],
      ["b", "coming", null, false],
      ["c", "running", 0, false],
      ["d", "done", null, false],
    ]);
  });
});

describe("the roll", () => {
  it("puts the hub first, then who is there, then by given name or site name", () => {
    const seats = [
      aSeat("1", { name: "Trần Văn Ất" }),
      aSeat("2", { name: "Lê Thị Ánh", online: false }),
      aSeat("3", { name: "Huyện An Minh", kind: "site" }),
      aSeat("4", { name: "Chủ trì", hub: true, online: false }),
      aSeat("5", { name: "Nguyễn Hải An" }),
    ];
    expect(sorted(seats).map((seat) => seat.id)).toEqual(["4", "5", "1", "3", "2"]);
  });

  it("counts sites and people apart, and says a name once", () => {
    const seats = [
      aSeat("1"),
      aSeat("2", { online: false }),
      aSeat("3", { kind: "site" }),
      aSeat("4", { kind: "site", online: false }),
    ];
    expect(presence(seats)).toEqual({ sites: 2, sitesOnline: 1, peopleOnline: 1 });
    expect([captionOf(aSeat("x", { caption: "x" })), captionOf(aSeat("x", { caption: "y" }))]).toEqual(["", "y"]);
  });
});
