// The camera as a source of frames.

const WHY_NO_CAMERA = {
  NotAllowedError: "The camera is blocked for this page; allow it beside the browser's address, then start again.",
  NotFoundError: "This device has no camera; a video file can be played instead.",
  NotReadableError: "The camera is in use by another program; close that, then start again.",
};

class Camera {
  constructor(video) {
    this.video = video;
    this.exact = false;
    this.closed = false;
  }

  // Ask for the camera on one side; throws a Refusal. `ended` is called if the camera goes away by itself.
  async open(facing, ended) {
    const devices = navigator.mediaDevices; // missing on pages that are not secure
    if (!devices) throw new Refusal("Browsers allow the camera only for a page served from this computer or over https.");
    const wanted = { facingMode: { ideal: facing }, width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
    try {
      this.tracks = (await devices.getUserMedia({ audio: false, video: wanted })).getTracks();
    } catch (error) {
      throw new Refusal(WHY_NO_CAMERA[error.name] ?? `The camera cannot be used (${error.message}).`);
    }
    if (this.closed) return this.close(); // while the browser asked the visitor
    for (const track of this.tracks) track.onended = ended;
    this.stream = new MediaStream(this.tracks);
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => {}); // interrupted by a stop
  }

  close() {
    this.closed = true;
    for (const track of this.tracks ?? []) track.stop();
    // If the visitor answers late, a clip may be playing already, and this would begin it anew.
    if (this.stream && this.video.srcObject === this.stream) this.video.srcObject = null;
  }
}

// An error whose message is for the visitor.
class Refusal extends Error {}
