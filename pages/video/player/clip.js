// A video file as a source of frames. It stays in the browser: only the frames that are shown go to the server.

const PLAYABLE = "MP4 with H.264, or WebM with VP8 or VP9, works in every current browser";
const RESTING_MS = 250; // the slider has been let go of
const END_OF_TIME = 1e9;

class Clip {
  constructor(video, transport) {
    this.video = video;
    this.transport = transport;
    this.find = (selector) => transport.querySelector(selector);
    this.listeners = new AbortController();
  }

  // Whether the shown frame is wanted as it is: while nothing moves.
  get exact() {
    return this.video.paused && !this.scrubbing;
  }

  // Open a file; throws a Refusal. `rest` is called when an exact frame is shown, `failed` with a sentence later on.
  async open(file, rest, failed) {
    const { video } = this;
    this.file = file;
    this.rest = rest;
    this.url = URL.createObjectURL(file);
    await new Promise((done, refuse) => {
      video.onloadeddata = done;
      video.onerror = () => refuse(new Refusal(this.why()));
      video.src = this.url;
      video.load();
    });
    if (!video.videoWidth) throw new Refusal(this.why());
    if (video.duration === Infinity) await this.findEnd();
    video.onerror = () => failed(`${file.name} is damaged after ${formatTime(video.currentTime)}.`);
    this.attach();
  }

  why() {
    const what = this.video.error?.code === 4 || !this.video.error ? "is not a video that this browser can play" : "is damaged";
    return `${this.file.name} ${what}; ${PLAYABLE}.`;
  }

  // Recordings of browsers do not say how long they are, until their end has been looked for.
  async findEnd() {
    const { video } = this;
    const seeked = () => new Promise((done) => video.addEventListener("seeked", done, { once: true }));
    let arrived = seeked();
    video.currentTime = END_OF_TIME;
    await arrived;
    arrived = seeked();
    video.currentTime = 0;
    await arrived;
  }

  attach() {
    const { video } = this;
    const { signal } = this.listeners;
    const on = (target, events, act) => {
      for (const event of events) target.addEventListener(event, act, { signal });
    };
    this.transport.hidden = false;
    this.find(".position").max = video.duration;
    on(this.find(".play"), ["click"], () => (video.paused ? video.play() : video.pause()));
    on(this.find(".position"), ["input"], () => this.scrub());
    on(video, ["play"], () => this.playOn());
    on(video, ["play", "pause", "ended", "timeupdate", "seeked"], () => this.update());
    on(video, ["pause", "ended"], () => this.settle());
    on(video, ["seeked"], () => this.seekOn());
    this.update();
    this.settle();
  }

  // Follow the slider. A seek that takes long is not interrupted, so that frames are seen on the way.
  scrub() {
    this.video.pause();
    this.scrubbing = true;
    this.wanted = Number(this.find(".position").value);
    if (!this.video.seeking) this.seekOn();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), RESTING_MS);
  }

  // Played before the slider has rested: it goes with the clip again.
  playOn() {
    clearTimeout(this.timer);
    this.scrubbing = false;
  }

  seekOn() {
    if (this.wanted === undefined) return;
    this.video.currentTime = this.wanted;
    this.wanted = undefined;
  }

  // Show the frame as it is, once it is there.
  settle() {
    const { video } = this;
    if (!video.paused) return;
    if (video.seeking || this.wanted !== undefined) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.settle(), RESTING_MS);
      return;
    }
    this.scrubbing = false;
    this.rest();
  }

  update() {
    const { video } = this;
    if (!this.scrubbing) this.find(".position").value = video.currentTime;
    setText(this.find(".play"), video.paused ? "▶ Play" : "❚❚ Pause");
    setText(this.find(".time"), `${formatTime(video.currentTime)} of ${formatTime(video.duration)}`);
    this.find(".position").setAttribute("aria-valuetext", formatTime(video.currentTime));
  }

  close() {
    clearTimeout(this.timer);
    this.listeners.abort();
    this.transport.hidden = true;
    this.video.onerror = this.video.onloadeddata = null;
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    URL.revokeObjectURL(this.url);
  }
}

// "1:05.3" for 65.3 seconds.
function formatTime(seconds) {
  const tenths = Math.floor(10 * seconds + 0.001);
  const rest = ((tenths % 600) / 10).toFixed(1);
  return `${Math.floor(tenths / 600)}:${rest.padStart(4, "0")}`;
}
