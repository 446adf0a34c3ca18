// Reads the numbers in the frames of the camera and of the answers (tools/webrtc/barcode.py), in every window of a page
// before its scripts run. Times are in ms since 1970, so that those of different windows compare.

(() => {
  const BITS = 8;
  const STRIP = 0.1;
  const LEAST_CONTRAST = 80;
  const clock = () => performance.timeOrigin + performance.now();
  const canvas = new OffscreenCanvas(BITS, 2);
  const context = canvas.getContext("2d", { willReadFrequently: true });

  // The number, from what tells how bright the middle of a cell is; null if a bit is not clear.
  function decode(brightness) {
    let number = 0;
    for (let bit = 0; bit < BITS; bit++) {
      const apart = brightness(bit, 0) - brightness(bit, 1);
      if (Math.abs(apart) < LEAST_CONTRAST) return null;
      if (apart > 0) number |= 1 << bit;
    }
    return number;
  }

  // The number in a canvas or video, of which the first of `panels` side by side is looked at.
  function read(source, width, height, panels = 1) {
    context.imageSmoothingEnabled = false; // takes the middle of each cell
    context.drawImage(source, 0, 0, width / panels, height * STRIP, 0, 0, BITS, 2);
    const { data } = context.getImageData(0, 0, BITS, 2);
    return decode((bit, row) => data[4 * (row * BITS + bit) + 1]);
  }

  const probe = (window.probe = { captured: [], answered: [], own: [] });

  // Note each frame of the camera as it comes, from its grey plane.
  async function watchCamera(track) {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 3 }).readable.getReader();
    for (;;) {
      const { value: frame, done } = await reader.read();
      if (done) return;
      const { codedWidth: width, codedHeight: height, timestamp } = frame;
      const came = clock();
      const rect = { x: 0, y: 0, width, height: 2 * Math.round((height * STRIP) / 2) };
      const pixels = new Uint8Array(frame.allocationSize({ rect }));
      const [grey] = await frame.copyTo(pixels, { rect });
      frame.close();
      const number = decode((bit, row) => {
        const [x, y] = [Math.round(((bit + 0.5) * width) / BITS), Math.floor(((2 * row + 1) * rect.height) / 4)];
        return pixels[grey.offset + y * grey.stride + x];
      });
      probe.captured.push([number, came, timestamp / 1000]);
    }
  }

  const devices = navigator.mediaDevices;
  const ask = devices?.getUserMedia.bind(devices);
  if (ask)
    devices.getUserMedia = async (wanted) => {
      const stream = await ask(wanted);
      for (const track of stream.getVideoTracks()) watchCamera(track.clone());
      return stream;
    };

  // Note every picture that comes back, with `panels` side by side, by the time at which it was given to be shown.
  probe.watchVideo = (video, panels) => {
    const shown = (now, { presentationTime }) => {
      video.requestVideoFrameCallback(shown);
      const number = read(video, video.videoWidth, video.videoHeight, panels);
      probe.answered.push([number, performance.timeOrigin + presentationTime]);
    };
    video.requestVideoFrameCallback(shown);
  };

  // Note every answer of SegDeck's player, in the animation frame after it was drawn, if all panels show the same frame.
  probe.watchPlayer = () =>
    document.addEventListener("answer", (event) => {
      const [player] = event.composedPath();
      probe.own.push(event.detail.delay);
      requestAnimationFrame(() => {
        const numbers = [...player.querySelectorAll(".panel .frame")].map((frame) => read(frame, frame.width, frame.height));
        const same = numbers.every((number) => number === numbers[0]);
        probe.answered.push([same ? numbers[0] : null, clock()]);
      });
    });

  // Forget what was noted so far.
  probe.reset = () => {
    for (const list of [probe.captured, probe.answered, probe.own]) list.length = 0;
  };
})();
