// Words of the console.
import { speaker } from "../live/say";

export const vi = {
  title: "Bàn điều khiển",
  room: "Về phòng họp",
  session: "Trang của phiên",
  sites: "Các điểm cầu",
  search: "Tìm điểm cầu…",
  "filter.all": "Tất cả {count}",
  "filter.trouble": "Có sự cố {count}",
  "filter.hands": "Điểm cầu đăng ký {count}",
  "filter.absent": "Chưa vào {count}",
  filters: "Lọc điểm cầu",
  none: "Không có điểm cầu nào như vậy.",
  alarms: "{count} sự cố",
  hands: "{count} đăng ký phát biểu",
  hands_of: "{count} đăng ký phát biểu: {sites} điểm cầu, {people} cá nhân",

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
  "detail.close": "Đóng chi tiết của {name}",

  monitor: "Chương trình đang phát",
  "monitor.listen": "Nghe",
  "monitor.mute": "Tắt tiếng",
  tabs: "Bảng điều khiển",
};

export const en: Record<keyof typeof vi, string> = {
  title: "Console",
  room: "Back to the room",
  session: "The session's page",
  sites: "Sites",
  search: "Find a site…",
  "filter.all": "All {count}",
  "filter.trouble": "In trouble {count}",
  "filter.hands": "Sites asking {count}",
  "filter.absent": "Not here yet {count}",
  filters: "Filter sites",
  none: "There is no such site.",
  alarms: "Troubles: {count}",
  hands: "Requests to speak: {count}",
  hands_of: "Requests to speak: {count}, sites {sites}, people {people}",

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
  "detail.close": "Close the details of {name}",

  monitor: "Program now",
  "monitor.listen": "Listen",
  "monitor.mute": "Mute",
  tabs: "Control panel",
};

export const say = speaker({ vi, en });
