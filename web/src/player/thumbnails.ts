/** Small pictures above the bar that one scrubs on: a track for media-chrome, always under the newest address. */
export function showThumbnails(video: HTMLElement, url: string | null): void {
  const track = video.querySelector<HTMLTrackElement>('track[label="thumbnails"]');
  if (!url) return;
  if (track) {
    track.setAttribute("src", url);
    return;
  }
  const made = document.createElement("track");
  made.kind = "metadata";
  made.label = "thumbnails";
  made.default = true;
  made.src = url;
  video.append(made);
}
