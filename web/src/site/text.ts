/** The few words that the pages' own script says. */
const vi = {
  offline: "Không kết nối được máy chủ. Kiểm tra mạng rồi thử lại.",
  serverError: "Máy chủ gặp lỗi. Thử lại sau ít phút; nếu vẫn lỗi, báo cho bộ phận kỹ thuật.",
  copied: "Đã sao chép.",
  dismiss: "Đóng thông báo",
  showPassword: "Hiện mật khẩu",
  hidePassword: "Ẩn mật khẩu",
};

const en: Record<keyof typeof vi, string> = {
  offline: "The server cannot be reached. Check the network and try again.",
  serverError: "The server met an error. Try again in a few minutes; if it stays, tell your technicians.",
  copied: "Copied.",
  dismiss: "Dismiss",
  showPassword: "Show password",
  hidePassword: "Hide password",
};

export const text = document.documentElement.lang === "en" ? en : vi;
