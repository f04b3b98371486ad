/** What the page says while a file is sent: numbers and times in words. Pure. */
const vi = {
  sent: "{sent} trên {size}",
  speed: "{speed}/giây",
  hours: "còn khoảng {h} giờ {m} phút",
  minutes: "còn khoảng {n} phút",
  seconds: "còn chưa đầy một phút",
  paused: "Đã tạm dừng.",
  waiting: "Mất kết nối. Trang tự gửi tiếp khi có mạng trở lại.",
  sentAll: "Đã gửi xong. Máy chủ đang kiểm tra tệp.",
  otherFile: "Tệp này không phải là tệp đang gửi dở ({name}). Chọn lại đúng tệp đó, hoặc hủy lần tải lên cũ rồi chọn tệp khác.",
  wrongKind: "Tệp loại này không nhận được. Các loại nhận được: {kinds}.",
  tooLarge: "Tệp quá lớn: tối đa {size}.",
  empty: "Tệp {name} trống (0 byte). Kiểm tra lại tệp trên máy, có thể việc sao chép chưa xong, rồi chọn lại.",
  broken: "Không gửi được tệp. Bấm Tiếp tục để thử lại; nếu vẫn không được, tải lại trang.",
  leave: "Hủy? Phần đã tải lên sẽ bị xóa.",
  leaveYes: "Hủy tải lên",
};

const en: Record<keyof typeof vi, string> = {
  sent: "{sent} of {size}",
  speed: "{speed}/s",
  hours: "about {h} h {m} min left",
  minutes: "about {n} min left",
  seconds: "less than a minute left",
  paused: "Paused.",
  waiting: "No connection. The page goes on sending by itself when the network is back.",
  sentAll: "All is sent. The server checks the file.",
  otherFile: "This is not the file that has begun to be sent ({name}). Choose that one again, or cancel it and choose another one.",
  wrongKind: "Files of this kind cannot be taken. These can: {kinds}.",
  tooLarge: "The file is too large: at most {size}.",
  empty: "The file {name} is empty (0 bytes). Look at it on your computer, perhaps it was not copied to its end, then choose again.",
  broken: "The file could not be sent. Press Continue to try again; if that does not help, load the page again.",
  leave: "Cancel? What has been uploaded is deleted.",
  leaveYes: "Cancel the upload",
};

const language = typeof document !== "undefined" && document.documentElement.lang === "en" ? "en" : "vi";
export const text = language === "en" ? en : vi;

export function filled(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (_whole, name: string) => String(values[name] ?? ""));
}

const UNITS = ["B", "KB", "MB", "GB"] as const;

/** 1536 → "1,5 KB". */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && value < 100 ? 1 : 0;
  return `${value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

/** How long `bytes` take at `bytesPerS`; empty where nobody can say. */
export function leftText(bytes: number, bytesPerS: number): string {
  if (bytesPerS <= 0) return "";
  const seconds = bytes / bytesPerS;
  if (seconds < 60) return text.seconds;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return filled(text.minutes, { n: minutes });
  return filled(text.hours, { h: Math.floor(minutes / 60), m: minutes % 60 });
}
