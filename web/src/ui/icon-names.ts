/** Every lucide icon that a page or a component may show; the build makes one sprite of exactly these. */
export const ICON_NAMES = [
  "a-large-small", "accessibility", "arrow-down", "arrow-left", "arrow-right", "arrow-right-to-line", "arrow-up", "award",
  "ban", "bell", "book-open", "bookmark", "building-2", "calendar", "calendar-days", "camera", "captions", "check",
  "chevron-down", "chevron-left", "chevron-right", "chevron-up", "circle", "circle-alert", "circle-check", "circle-dot",
  "circle-help", "circle-pause", "circle-play", "circle-user-round", "circle-x", "clipboard-check", "clipboard-list", "clock",
  "columns-2", "copy", "crown", "disc", "download", "ellipsis", "external-link", "eye", "eye-off", "file-spreadsheet",
  "file-text", "file-up", "files", "film", "filter", "flag", "gauge", "gavel", "globe", "graduation-cap", "grip-vertical",
  "hand", "hard-drive", "headphones", "history", "hourglass", "house", "info", "key-round", "languages", "layers",
  "layout-dashboard", "layout-panel-left", "life-buoy", "link", "list", "list-checks", "loader-circle", "lock", "log-in",
  "log-out", "map-pin", "maximize", "megaphone", "menu", "message-square", "messages-square", "mic", "mic-off", "minimize",
  "minus", "monitor", "monitor-up", "moon", "panel-right", "pause", "pen-line", "pencil", "phone", "picture-in-picture-2",
  "play", "plus", "presentation", "printer", "qr-code", "radio-tower", "redo-2", "refresh-cw", "rotate-ccw", "rows-2", "save",
  "scissors", "screen-share", "screen-share-off", "search", "send", "settings", "shield", "shield-alert", "signal", "signal-high",
  "signal-low", "signal-medium", "skip-back", "skip-forward", "sliders-horizontal", "speaker", "square", "star", "sun",
  "sun-moon", "table", "timer", "trash-2", "triangle-alert", "tv", "undo-2", "upload", "user", "users", "video", "video-off",
  "volume-2", "volume-x", "wifi", "wifi-off", "x",
] as const;

export type IconName = (typeof ICON_NAMES)[number];
