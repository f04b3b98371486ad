/** The words that the scripts of captions say. */
const vi = {
  hits: "Tìm thấy {n} chỗ.",
  hit: "Chỗ {i}/{n}: {time}. {text}",
  noHits: "Không tìm thấy. Thử ít từ hơn hoặc từ khác.",
  loadFailed: "Không tải được phụ đề. Kiểm tra mạng rồi tải lại trang.",
  count: "{n} phụ đề",
  saved: "Đã lưu.",
  saving: "Đang lưu…",
  unsaved: "Có thay đổi chưa lưu.",
  notSaved: "Chưa lưu được vì mất kết nối. Nội dung vẫn giữ ở đây; bấm Lưu lại khi có mạng.",
  signedOut: "Phiên đăng nhập đã hết hạn. Đăng nhập ở một thẻ khác rồi bấm Lưu lại; nội dung vẫn giữ ở đây.",
  conflict: "{who} đã lưu một bản mới lúc {at}. Bản của đồng chí vẫn giữ nguyên ở đây, chưa ghi đè lên bản nào.",
  somebody: "Người khác",
  badTime: "Thời điểm viết như 01:15,500.",
  badEnd: "Thời điểm kết thúc phải sau thời điểm bắt đầu.",
  noText: "Phụ đề chưa có lời sẽ không được lưu.",
  beforeStart: "Dời như vậy thì có phụ đề bắt đầu trước giây 0. Chọn số giây nhỏ hơn.",
  correctFirst: "Có phụ đề sai thời điểm. Sửa rồi lưu.",
  noVideo: "Không phát được bản ghi. Tải lại trang.",
  deleted: "Đã xóa một phụ đề. Bấm Hoàn tác để lấy lại.",
};

const en: Record<keyof typeof vi, string> = {
  hits: "{n} found.",
  hit: "{i} of {n}: {time}. {text}",
  noHits: "Nothing found. Try fewer words or others.",
  loadFailed: "The captions could not be loaded. Check the network and load the page again.",
  count: "{n} captions",
  saved: "Saved.",
  saving: "Saving…",
  unsaved: "There are changes that are not saved.",
  notSaved: "Not saved, because there is no connection. What you wrote is kept here; save again when the network is back.",
  signedOut: "Your sign-in has expired. Sign in in another tab and save again; what you wrote is kept here.",
  conflict: "{who} saved a new version at {at}. Yours is kept here, and nothing was overwritten.",
  somebody: "Somebody else",
  badTime: "A time is written like 01:15,500.",
  badEnd: "The end must come after the start.",
  noText: "A caption without words will not be saved.",
  beforeStart: "So far back, a caption would start before second 0. Choose fewer seconds.",
  correctFirst: "The times of a caption are wrong. Correct them, then save.",
  noVideo: "The recording cannot be played. Load the page again.",
  deleted: "A caption was deleted. Undo brings it back.",
};

export type Word = keyof typeof vi;
const words = typeof document !== "undefined" && document.documentElement.lang === "en" ? en : vi;

/** The words for `word`, with `{name}` filled in. */
export function say(word: Word, values: Record<string, string | number> = {}): string {
  return words[word].replace(/\{(\w+)\}/g, (_match, name: string) => String(values[name] ?? ""));
}
