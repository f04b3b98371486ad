// A page as the room's would be, made by the test: publishes a coloured moving picture and a tone, or receives the slots.
window.diemcau = {
  async publish({ colour, tone, simulcast = true, codec = null }) {
    const canvas = document.createElement("canvas");
    canvas.width = 640; canvas.height = 360;
    document.body.append(canvas);
    const paint = canvas.getContext("2d");
    let frame = 0;
    const draw = () => {
      paint.fillStyle = colour; paint.fillRect(0, 0, 640, 360);
      paint.fillStyle = "white"; paint.fillRect((frame * 4) % 640, 300, 40, 40);
      frame += 1;
    };
    draw();
    setInterval(draw, 40);
    const audio = new AudioContext();
    const oscillator = audio.createOscillator();
    oscillator.frequency.value = tone;
    const sink = audio.createMediaStreamDestination();
    oscillator.connect(sink);
    oscillator.start();
    await audio.resume();
    const pc = (this.up = new RTCPeerConnection());
    const microphone = pc.addTransceiver("audio", { direction: "sendonly" });
    const camera = pc.addTransceiver("video", {
      direction: "sendonly",
      sendEncodings: simulcast
        ? [{ rid: "q", scaleResolutionDownBy: 4 }, { rid: "h", scaleResolutionDownBy: 2 }, { rid: "f" }]
        : [{}],
    });
    this.screen = pc.addTransceiver("video", { direction: "sendonly" });
    if (codec) {
      const all = RTCRtpSender.getCapabilities("video").codecs;
      const wanted = all.filter((each) => [`video/${codec}`, "video/rtx"].includes(each.mimeType));
      camera.setCodecPreferences(wanted);
      this.screen.setCodecPreferences(wanted);
    }
    this.picture = canvas.captureStream(25).getVideoTracks()[0];
    await microphone.sender.replaceTrack(sink.stream.getAudioTracks()[0]);
    await camera.sender.replaceTrack(this.picture);
    await pc.setLocalDescription(await pc.createOffer());
    return pc.localDescription.sdp;
  },
  async published(sdp) {
    await this.up.setRemoteDescription({ type: "answer", sdp });
  },
  async shareScreen(colour) {
    const canvas = document.createElement("canvas");
    canvas.width = 640; canvas.height = 360;
    document.body.append(canvas);
    const paint = canvas.getContext("2d");
    let frame = 0;
    setInterval(() => {
      paint.fillStyle = colour; paint.fillRect(0, 0, 640, 360);
      paint.fillStyle = "white"; paint.fillRect((frame++ * 4) % 640, 300, 40, 40);
    }, 40);
    await this.screen.sender.replaceTrack(canvas.captureStream(25).getVideoTracks()[0]);
  },
  async subscribe(sdp) {
    const pc = (this.down = new RTCPeerConnection());
    this.slots = {};
    this.negotiations = 0;
    this.audio = new AudioContext();
    pc.onnegotiationneeded = () => { this.negotiations += 1; };
    pc.ontrack = ({ transceiver, track }) => {
      const element = document.createElement(track.kind === "audio" ? "audio" : "video");
      element.srcObject = new MediaStream([track]);
      element.muted = true;
      element.autoplay = true;
      document.body.append(element);
      element.play();
      const slot = { element };
      if (track.kind === "audio") {
        slot.analyser = this.audio.createAnalyser();
        slot.analyser.fftSize = 4096;
        this.audio.createMediaStreamSource(element.srcObject).connect(slot.analyser);
      }
      this.slots[transceiver.mid] = slot;
    };
    await pc.setRemoteDescription({ type: "offer", sdp });
    await pc.setLocalDescription(await pc.createAnswer());
    await this.audio.resume();
    return pc.localDescription.sdp;
  },
  // The middle pixel of a video slot, and how many frames it has shown.
  picture(mid) {
    const { element } = this.slots[mid];
    if (!element.videoWidth) return null;
    const canvas = document.createElement("canvas");
    canvas.width = 64; canvas.height = 36;
    const paint = canvas.getContext("2d");
    paint.drawImage(element, 0, 0, 64, 36);
    const [red, green, blue] = paint.getImageData(32, 10, 1, 1).data;
    return { red, green, blue, width: element.videoWidth, frames: element.getVideoPlaybackQuality().totalVideoFrames };
  },
  // The loudest frequency of a voice slot in Hz, 0 for silence.
  tone(mid) {
    const { analyser } = this.slots[mid];
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    let best = 0;
    bins.forEach((level, bin) => { if (level > bins[best]) best = bin; });
    return bins[best] > -60 ? (best * this.audio.sampleRate) / analyser.fftSize : 0;
  },
  async stats(which) {
    const report = await this[which].getStats();
    return [...report.values()].filter((each) =>
      ["codec", "inbound-rtp", "outbound-rtp", "remote-inbound-rtp", "remote-outbound-rtp", "candidate-pair", "transport"].includes(each.type));
  },
};
