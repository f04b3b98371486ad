// Times and numbers as people read them here.
import { language } from "./config";

const LOCALES = { vi: "vi-VN", en: "en-GB" };
const ZONE = "Asia/Ho_Chi_Minh";

/** Clock time such as 08:20, in the time of the conference, whatever the computer is set to. */
export function clockTime(ms: number): string {
  return new Intl.DateTimeFormat(LOCALES[language()], {
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
    timeZone: ZONE,
  }).format(ms);
}

/** A date such as 22/11/2026. */
export function date(ms: number): string {
  const parts = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "2-digit", year: "numeric", timeZone: ZONE });
  return parts.format(ms);
}

/** Date and time such as 08:20 22/11/2026. */
export function dateTime(ms: number): string {
  return `${clockTime(ms)} ${date(ms)}`;
}

/** A duration such as 23:10 or 1:02:03; negative ones count as 0. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

/** A duration in words, such as "9 phút 58 giây" or "1 giờ 2 phút", which nobody takes for a time of day. */
export function durationInWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const say = (value: number, unit: "hour" | "minute" | "second") =>
    new Intl.NumberFormat(LOCALES[language()], { style: "unit", unit, unitDisplay: "long" }).format(value);
  if (h > 0) return `${say(h, "hour")} ${say(m, "minute")}`;
  return m > 0 ? `${say(m, "minute")} ${say(s, "second")}` : say(s, "second");
}

/** A whole number with the language's separators. */
export function count(value: number): string {
  return new Intl.NumberFormat(LOCALES[language()]).format(value);
}

/** A fraction as a percentage with at most one decimal: 9,1%. */
export function percent(fraction: number): string {
  const format = new Intl.NumberFormat(LOCALES[language()], { style: "percent", maximumFractionDigits: 1 });
  return format.format(fraction);
}

/** Bits a second as kb/s or Mb/s. */
export function speed(bps: number): string {
  const [value, unit] = bps >= 1_000_000 ? [bps / 1_000_000, "Mb/s"] : [bps / 1000, "kb/s"];
  const format = new Intl.NumberFormat(LOCALES[language()], { maximumFractionDigits: unit === "Mb/s" ? 1 : 0 });
  return `${format.format(value)} ${unit}`;
}

/** A size on the disk as Django's pages write it: 4,8 GB (of 2^30 bytes). */
export function size(bytes: number): string {
  const step = Math.min(Math.max(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 1), 4);
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  const value = new Intl.NumberFormat(LOCALES[language()], digits).format(bytes / 1024 ** step);
  return `${value}\u00a0${["KB", "MB", "GB", "TB"][step - 1]}`;
}

/** Letters that match a search typed with or without marks: "Gò Quao" → "go quao", "Đ" → "d". */
export function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
}
