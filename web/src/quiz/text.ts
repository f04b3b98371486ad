/** The words that the quiz's own script says. */
const vi = {
  saving: "Đang lưu…",
  saved: "Đã lưu {time}",
  offline: "Mất kết nối, đang thử lại. Câu trả lời vẫn được giữ trên máy này.",
  stale: "Lượt thi này vừa được làm ở một cửa sổ khác. Tải lại trang để làm tiếp với các câu trả lời mới nhất.",
  reload: "Tải lại trang",
  closed: "Lượt thi đã kết thúc. Đang mở kết quả…",
  signIn: "Phiên đăng nhập đã hết hạn. Đăng nhập lại ở một thẻ khác rồi bấm Thử lại; câu trả lời vẫn được giữ trên máy này.",
  failed: "Chưa lưu được. Bấm Thử lại; nếu vẫn lỗi, báo cho người phụ trách.",
  retry: "Thử lại",
  half: "Đã hết một nửa thời gian.",
  five: "Còn 5 phút.",
  one: "Còn 1 phút.",
  timeUp: "Hết giờ. Đang nộp bài…",
  handingIn: "Đang nộp bài…",
  answered: "đã trả lời",
  notAnswered: "chưa trả lời",
  allAnswered: "Đồng chí đã trả lời tất cả các câu hỏi.",
  someOpen: "Còn {count} câu chưa trả lời: {list}.",
  left: "Còn {time}",
};

const en: Record<keyof typeof vi, string> = {
  saving: "Saving…",
  saved: "Saved {time}",
  offline: "No connection; trying again. Your answers are kept on this device.",
  stale: "This attempt was just answered in another window. Load the page again to continue with the latest answers.",
  reload: "Load again",
  closed: "The attempt is over. Opening the result…",
  signIn: "Your sign-in has expired. Sign in again in another tab, then press Try again; your answers are kept on this device.",
  failed: "Not saved yet. Press Try again; if it fails again, tell whoever is in charge.",
  retry: "Try again",
  half: "Half of the time is over.",
  five: "5 minutes left.",
  one: "1 minute left.",
  timeUp: "The time is up. Handing in…",
  handingIn: "Handing in…",
  answered: "answered",
  notAnswered: "not answered",
  allAnswered: "You have answered all questions.",
  someOpen: "{count} questions are not answered yet: {list}.",
  left: "{time} left",
};

export type Word = keyof typeof vi;
const words = typeof document !== "undefined" && document.documentElement.lang === "en" ? en : vi;

/** The words for `word`, with `{name}` filled in. */
export function say(word: Word, values: Record<string, string | number> = {}): string {
  return words[word].replace(/\{(\w+)\}/g, (_match, name: string) => String(values[name] ?? ""));
}
