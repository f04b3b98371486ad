// What a person should be told when the session moves on. Pure: compares the snapshots on both sides of an event.
import { nameOf } from "./roll";
import type { Snapshot } from "../wire.gen";

export type NewsKey =
  | "news.live"
  | "news.resumed"
  | "news.break"
  | "news.ended"
  | "news.you_have_floor"
  | "news.has_floor"
  | "news.your_floor_over"
  | "news.floor_over"
  | "news.request_removed"
  | "news.you_present"
  | "news.presents"
  | "news.page"
  | "news.screen"
  | "news.item"
  | "news.recording_trouble";

export interface News {
  key: NewsKey;
  fields: Record<string, string | number>;
  /** Shown as well as read out. */
  shown: boolean;
  tone: "info" | "ok" | "gold" | "bad";
}

/** News for seat `me`, in the order in which they are said. The end takes floor and requests along without a word of its own. */
export function news(before: Snapshot, after: Snapshot, me: string): News[] {
  if (after.program.state === "ended") return [...ofState(before, after), ...ofRecording(before, after)];
  return [
    ...ofState(before, after),
    ...ofFloor(before, after, me),
    ...ofContent(before, after, me),
    ...ofRecording(before, after),
  ];
}

function one(key: NewsKey, tone: News["tone"], shown: boolean, fields: News["fields"] = {}): News {
  return { key, tone, shown, fields };
}

function ofState(before: Snapshot, after: Snapshot): News[] {
  const [was, is] = [before.program.state, after.program.state];
  if (was === is) return [];
  if (is === "live") return [was === "break" ? one("news.resumed", "info", true) : one("news.live", "ok", true)];
  if (is === "break") return [one("news.break", "info", true)];
  return is === "ended" ? [one("news.ended", "info", false)] : [];
}

function ofFloor(before: Snapshot, after: Snapshot, me: string): News[] {
  const [was, is] = [before.program.floor, after.program.floor];
  const found: News[] = [];
  if (was.holder !== is.holder) {
    if (was.holder === me) found.push(one("news.your_floor_over", "info", true));
    else if (was.holder !== null && is.holder === null)
      found.push(one("news.floor_over", "info", false, { name: nameOf(after, was.holder) }));
    if (is.holder === me) found.push(one("news.you_have_floor", "ok", true));
    else if (is.holder !== null) found.push(one("news.has_floor", "info", false, { name: nameOf(after, is.holder) }));
  }
  const waited = was.queue.some((request) => request.seat === me);
  const waits = is.queue.some((request) => request.seat === me);
  if (waited && !waits && is.holder !== me) found.push(one("news.request_removed", "info", true));
  const presenter = after.program.presenter;
  if (before.program.presenter !== presenter && presenter !== null) {
    if (presenter === me) found.push(one("news.you_present", "ok", true));
    else found.push(one("news.presents", "info", false, { name: nameOf(after, presenter) }));
  }
  return found;
}

function ofContent(before: Snapshot, after: Snapshot, me: string): News[] {
  const found: News[] = [];
  const [was, is] = [before.program.content, after.program.content];
  if (is.kind === "deck" && (was.deck !== is.deck || was.page !== is.page)) {
    found.push(one("news.page", "info", false, { page: is.page ?? 1, pages: is.pages ?? 1 }));
  }
  if (is.kind === "screen" && was.seat !== is.seat && is.seat !== me) {
    found.push(one("news.screen", "info", false, { name: nameOf(after, is.seat) }));
  }
  const item = after.program.agenda_item;
  if (item !== null && before.program.agenda_item !== item) {
    const title = after.agenda.find((each) => each.id === item)?.title;
    if (title) found.push(one("news.item", "info", true, { title }));
  }
  return found;
}

function ofRecording(before: Snapshot, after: Snapshot): News[] {
  const trouble = after.recording.state === "trouble" && before.recording.code !== after.recording.code;
  return trouble ? [one("news.recording_trouble", "bad", true, { code: after.recording.code ?? "" })] : [];
}
