/** The words that the player's own script says. */
const vi = {
  resumed: "Xem tiếp từ {time}.",
  startsAt: "Bắt đầu từ {time}.",
  fromStart: "Xem từ đầu",
  shareFrom: "Bắt đầu từ {time}",
  lost: "Mất kết nối. Bản ghi tự phát tiếp khi có mạng.",
  slowLine: "Đường truyền chậm.",
  listenOnly: "Chỉ nghe âm thanh",
  live: "Trực tiếp",
  isLive: "Đang xem trực tiếp",
  behind: "Chậm {time}",
  goLive: "Về trực tiếp",
  nowReplay: "Phiên họp đã kết thúc. Đồng chí đang xem lại bản ghi; từ đây phần xem được tính.",
  recordingFailed: "Bản ghi chưa hoàn chỉnh được. Tổ kỹ thuật có thể dựng lại; phần đã có vẫn xem được.",
  superseded: "Bản ghi đang được xem ở một cửa sổ khác; chỉ cửa sổ đó được tính. Bấm Phát để tính ở cửa sổ này.",
  offline: "Mất kết nối. Phần đã xem được giữ lại và gửi khi có mạng.",
  signedOut: "Phiên đăng nhập đã hết hạn. Tải lại trang và đăng nhập để phần xem được tính.",
  notCounted: "Phần đang xem chưa được tính. Tải lại trang; nếu vẫn vậy, báo cho người phụ trách.",
  audioOnly: "Chỉ nghe âm thanh. Được tính cả khi trang bị che.",
  done: "xong",
  watching: "đang xem",
  notYet: "chưa xem",
  notRequired: "không bắt buộc",
  minutesLeft: "còn {n} phút",
  secondsLeft: "còn {n} giây",
  stepDone: "Hoàn thành",
  clipLength: "Đoạn dài {time} ({n} khung hình).",
  clipTooShort: "Đoạn dài {time}: ngắn nhất là 10 giây.",
  clipTooLong: "Đoạn dài {time}: dài nhất là 10 phút.",
  clipBackwards: "Điểm cuối phải ở sau điểm đầu.",
};

const en: Record<keyof typeof vi, string> = {
  resumed: "Continued from {time}.",
  startsAt: "Begins at {time}.",
  fromStart: "Watch from the start",
  shareFrom: "Start at {time}",
  lost: "No connection. The recording goes on by itself when the network is back.",
  slowLine: "The connection is slow.",
  listenOnly: "Sound only",
  live: "Live",
  isLive: "Watching live",
  behind: "{time} behind",
  goLive: "Go to live",
  nowReplay: "The session has ended. You are watching the replay; from here on watching counts.",
  recordingFailed: "The recording could not be completed. The technicians can rebuild it; what there is can be watched.",
  superseded: "The recording is being watched in another window; only that one counts. Press Play to count in this one.",
  offline: "No connection. What you have watched is kept and sent when the network is back.",
  signedOut: "Your sign-in has expired. Load the page again and sign in, so that watching counts.",
  notCounted: "What you watch is not counted at present. Load the page again; if that does not help, tell whoever is in charge.",
  audioOnly: "Sound only. It counts even when the page is out of sight.",
  done: "done",
  watching: "watching",
  notYet: "not watched",
  notRequired: "not required",
  minutesLeft: "{n} minutes left",
  secondsLeft: "{n} seconds left",
  stepDone: "Done",
  clipLength: "The clip lasts {time} ({n} frames).",
  clipTooShort: "The clip lasts {time}: 10 seconds are the least.",
  clipTooLong: "The clip lasts {time}: 10 minutes are the most.",
  clipBackwards: "The end must lie after the beginning.",
};

export type Word = keyof typeof vi;
const words = typeof document !== "undefined" && document.documentElement.lang === "en" ? en : vi;

/** The words for `word`, with `{name}` filled in. */
export function say(word: Word, values: Record<string, string | number> = {}): string {
  return words[word].replace(/\{(\w+)\}/g, (_match, name: string) => String(values[name] ?? ""));
}
