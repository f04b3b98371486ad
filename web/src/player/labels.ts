/** media-chrome's labels in Vietnamese, which it does not bring. Imported before its elements, which read them when they are made. */
import { En } from "media-chrome/dist/lang/en.js";
import { addTranslation, setLanguage } from "media-chrome/dist/utils/i18n.js";

// The button shows "1.5x": its name must hold what it shows.
addTranslation("en", { ...En, "Playback rate {playbackRate}": "Playback rate {playbackRate}x" });

addTranslation("vi", {
  Audio: "Âm thanh",
  "Enter fullscreen mode": "Toàn màn hình",
  "Exit fullscreen mode": "Thoát toàn màn hình",
  "enter fullscreen mode": "toàn màn hình",
  "exit fullscreen mode": "thoát toàn màn hình",
  Mute: "Tắt tiếng",
  Unmute: "Bật tiếng",
  mute: "tắt tiếng",
  unmute: "bật tiếng",
  "Enter picture in picture mode": "Cửa sổ nổi",
  "Exit picture in picture mode": "Thoát cửa sổ nổi",
  "enter picture in picture mode": "cửa sổ nổi",
  "exit picture in picture mode": "thoát cửa sổ nổi",
  Play: "Phát",
  Pause: "Tạm dừng",
  play: "phát",
  pause: "tạm dừng",
  "Playback rate": "Tốc độ",
  "Playback rate {playbackRate}": "Tốc độ {playbackRate}x",
  "current playback rate": "tốc độ hiện tại",
  Quality: "Chất lượng",
  quality: "chất lượng",
  "Seek backward": "Lùi lại",
  "Seek forward": "Tua tới",
  "seek back {seekOffset} seconds": "lùi {seekOffset} giây",
  "seek forward {seekOffset} seconds": "tới {seekOffset} giây",
  Auto: "Tự động",
  Settings: "Cài đặt",
  settings: "cài đặt",
  "audio player": "trình phát âm thanh",
  "video player": "trình phát hình",
  volume: "âm lượng",
  seek: "vị trí phát",
  "playback time": "thời gian phát",
  "media loading": "đang tải",
  "chapter: {chapterName}": "phần: {chapterName}",
  "Network Error": "Lỗi mạng",
  "Decode Error": "Lỗi giải mã",
  "Source Not Supported": "Không phát được",
  "A network error caused the media download to fail.": "Mất kết nối khi tải bản ghi. Kiểm tra mạng rồi tải lại trang.",
  "A media error caused playback to be aborted. The media could be corrupt or your browser does not support this format.":
    "Không giải mã được bản ghi. Tải lại trang; nếu vẫn lỗi, dùng trình duyệt khác.",
  "An unsupported error occurred. The server or network failed, or your browser does not support this format.":
    "Không mở được bản ghi. Tải lại trang; nếu vẫn lỗi, dùng trình duyệt khác.",
  hour: "giờ",
  hours: "giờ",
  minute: "phút",
  minutes: "phút",
  second: "giây",
  seconds: "giây",
  "{time} remaining": "còn {time}",
  "{currentTime} of {totalTime}": "{currentTime} trên {totalTime}",
  "video not loaded, unknown time.": "chưa tải được bản ghi.",
});
setLanguage(document.documentElement.lang || "vi");
