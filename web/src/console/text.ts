// Words of the console.
import { speaker } from "../live/say";

export const vi = {
  title: "Bàn điều khiển",
  room: "Về phòng họp",
  sites: "Các điểm cầu",
  search: "Tìm điểm cầu…",
  "filter.all": "Tất cả {count}",
  "filter.trouble": "Có sự cố {count}",
  "filter.hands": "Đăng ký phát biểu {count}",
  "filter.absent": "Chưa vào {count}",
  filters: "Lọc điểm cầu",
  none: "Không có điểm cầu nào như vậy.",
  alarms: "{count} sự cố",
  hands: "{count} đăng ký phát biểu",

  "status.absent": "Chưa vào",
  "status.lost": "Mất kết nối {time}",
  "status.no_media": "Chưa có hình và tiếng",
  "status.no_picture": "Có quyền phát biểu, chưa có hình",
  "status.no_sound": "Có quyền phát biểu, chưa có tiếng",
  "status.poor": "Đường truyền yếu",
  "status.fair": "Đường truyền trung bình",
  "status.good": "Đường truyền tốt",
  "short.good": "Tốt",
  "short.fair": "Trung bình",
  on_air: "Đang phát biểu",
  hand: "Đăng ký thứ {place}",
  numbers: "{rtt} ms · {loss}",

  "detail.choose": "Chọn một điểm cầu để xem đường truyền và thao tác.",

  monitor: "Chương trình đang phát",
  "monitor.listen": "Nghe",
  "monitor.mute": "Tắt tiếng",
  tabs: "Bảng điều khiển",
};

export const en: Record<keyof typeof vi, string> = {
  title: "Console",
  room: "Back to the room",
  sites: "Sites",
  search: "Find a site…",
  "filter.all": "All {count}",
  "filter.trouble": "In trouble {count}",
  "filter.hands": "Asking to speak {count}",
  "filter.absent": "Not here yet {count}",
  filters: "Filter sites",
  none: "There is no such site.",
  alarms: "Troubles: {count}",
  hands: "Requests to speak: {count}",

  "status.absent": "Not here yet",
  "status.lost": "Connection lost {time}",
  "status.no_media": "No sound or picture yet",
  "status.no_picture": "Has the floor, no picture",
  "status.no_sound": "Has the floor, no sound",
  "status.poor": "Poor link",
  "status.fair": "Fair link",
  "status.good": "Good link",
  "short.good": "Good",
  "short.fair": "Fair",
  on_air: "Speaking",
  hand: "Request number {place}",
  numbers: "{rtt} ms · {loss}",

  "detail.choose": "Choose a site to see its link and act on it.",

  monitor: "Program now",
  "monitor.listen": "Listen",
  "monitor.mute": "Mute",
  tabs: "Control panel",
};

export const say = speaker({ vi, en });
