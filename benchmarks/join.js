// In each page before its own scripts: when the person clicked to come in, when a picture of the speaker was first shown and whose it
// is by its colour, and how often the page negotiated.
(() => {
  const marks = { clicked: 0, steps: {}, shown: 0, colour: "", since: 0, negotiations: 0, connections: 0 };
  window.marks = marks;

  const step = (name) => (marks.steps[name] ??= Date.now());
  document.addEventListener(
    "click",
    (event) => {
      if (event.target.closest("[data-testid=enter]")) marks.clicked = Date.now();
    },
    true,
  );

  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...all) {
      super(...all);
      marks.connections += 1;
      let described = false;
      this.addEventListener("negotiationneeded", () => {
        if (described) marks.negotiations += 1;
      });
      const describe = this.setRemoteDescription.bind(this);
      this.setRemoteDescription = (description) => {
        if (described) marks.negotiations += 1;
        described = true;
        step(`${description.type}_come`);
        const name = description.type === "offer" ? "down" : "up";
        this.addEventListener("iceconnectionstatechange", () => step(`${name}_ice_${this.iceConnectionState}`));
        this.addEventListener("connectionstatechange", () => step(`${name}_${this.connectionState}`));
        return describe(description);
      };
    }
  };

  const canvas = new OffscreenCanvas(8, 8);
  const paint = canvas.getContext("2d", { willReadFrequently: true });
  /** The name of the colour that the picture is nearest to; none where it is near to none of them. */
  function colourOf(video) {
    paint.drawImage(video, 0, 0, 8, 8);
    const mean = [0, 0, 0];
    paint.getImageData(0, 0, 8, 8).data.forEach((value, at) => {
      if (at % 4 < 3) mean[at % 4] += value / 64;
    });
    const near = ([, colour]) => colour.every((value, at) => Math.abs(value - mean[at]) < 40);
    return Object.entries(window.COLOURS).find(near)?.[0] ?? "";
  }

  let watched = null;
  let watching = false;
  function frame() {
    const now = Date.now();
    const colour = colourOf(watched);
    if (colour && colour !== marks.colour) Object.assign(marks, { colour, since: now });
    watched.requestVideoFrameCallback(frame);
  }
  /** From now on each picture is looked at: on the one page that needs it, as this costs more than showing it. */
  window.watchColours = () => {
    watching = true;
    watched?.requestVideoFrameCallback(frame);
  };
  new MutationObserver(() => {
    const video = document.querySelector("[data-testid=speaker-video]");
    if (!video || video === watched) return;
    watched = video;
    step("room");
    video.requestVideoFrameCallback(() => (marks.shown ||= Date.now()));
    if (watching) video.requestVideoFrameCallback(frame);
  }).observe(document, { childList: true, subtree: true });
})();
