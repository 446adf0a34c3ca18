// Takes frames of a video to the server: one at a time, and always the newest, so that no delay builds up.
//
// While the server works on a frame, the next one is encoded just in time for its answer, and sent before that is drawn.

const LONGEST_SIDE = 640; // of frames of a moving picture
const MARGIN = 1.4; // more pixels in each direction than a network needs, because JPEG blurs the finest ones
const SMALLEST_SCALE = 0.5; // of the file to what is shown; below, scaling would have to look at more than its neighbours
const JPEG_QUALITY = 0.9;
const EXACT_QUALITY = 0.95; // where a PNG would be too large
const RETRY_MS = 500; // for a still, while a model is being loaded
const SPARE_MS = 12; // an encoder that is late costs more than one that is early
const LONGEST_INTERVAL_MS = 200; // between two frames of a video that moves

class Stream {
  // `source` has a `video` and says whether its frame is wanted `exact`; `show(frame, answer)` draws an answer.
  constructor(source, connection, limits, show) {
    Object.assign(this, { source, connection, limits, show });
    this.encoder = new Encoder();
    this.models = [];
    this.id = 0;
    this.fresh = null; // the time of a frame that has not been taken yet
    this.taking = false;
    this.prepared = null;
    this.sent = null;
    this.answering = null; // the frame whose answer has arrived and is not drawn yet
    this.roundTrip = this.encodingTime = this.interval = 0; // moving averages in ms
    this.shown = -Infinity; // when the last frame came
    this.await();
  }

  await() {
    const { video } = this.source;
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback((now, about) => this.frame(about.captureTime ?? now));
    else this.timer = requestAnimationFrame((now) => this.frame(now));
  }

  // A frame of the video is shown.
  frame(time) {
    if (this.closed) return;
    this.await();
    const now = performance.now();
    if (now - this.shown < LONGEST_INTERVAL_MS) this.interval = averaged(this.interval, now - this.shown);
    this.shown = now;
    this.fresh = time;
    if (!this.sent) this.next();
    else if (now >= this.due - SPARE_MS) this.prepare();
  }

  // When the next frame has to be taken at the latest to be ready for the answer to the last one.
  get due() {
    return this.sent.time + this.roundTrip - this.encodingTime;
  }

  // It is time for the next frame: take the one that is shown, unless another one comes early enough.
  hurry() {
    if (this.sent && this.shown + this.interval > this.due) this.prepare();
  }

  // Encode the newest frame while the server works on another one.
  prepare() {
    if (!this.closed && !this.taking && !this.source.exact && this.fresh !== null) this.take();
  }

  // Ask for these models, each with a name and the size of its input, from now on, also of a picture that does not move.
  choose(models) {
    this.models = models;
    if (this.source.exact) this.demand();
    else this.next();
  }

  // Ask for the current frame as it is, after the one on its way.
  demand() {
    clearTimeout(this.again);
    this.fresh = performance.now();
    this.drop();
    this.next();
  }

  // Send what is prepared, or prepare what is fresh.
  next() {
    if (this.closed || this.sent || !this.models.length) return;
    if (this.prepared) this.send();
    else if (!this.taking && this.fresh !== null) this.take();
  }

  async take() {
    const { video, exact } = this.source;
    if (!video.videoWidth || video.readyState < video.HAVE_CURRENT_DATA) return;
    const taken = { captured: this.fresh, exact };
    const start = performance.now();
    this.taking = true;
    this.fresh = null;
    try {
      Object.assign(taken, await this.encode(video, exact));
    } catch (error) {
      if (this.closed) return; // a video that was closed meanwhile has no frame
      console.error(error);
      // Of a moving picture, the next frame is taken instead.
      if (exact) this.again = setTimeout(() => this.demand(), RETRY_MS);
      return;
    } finally {
      this.taking = false;
    }
    if (!exact) this.encodingTime = averaged(this.encodingTime, performance.now() - start);
    this.drop();
    if (this.closed || taken.exact !== this.source.exact) taken.bitmap.close();
    else this.prepared = taken;
    this.next();
  }

  async encode(video, exact) {
    const { videoWidth: width, videoHeight: height } = video;
    const most = Math.sqrt(this.limits.most_pixels / (width * height));
    const scale = Math.min(1, most, exact ? 1 : LONGEST_SIDE / Math.max(width, height));
    const size = { resizeWidth: Math.floor(width * scale), resizeHeight: Math.floor(height * scale) };
    const bitmap = await createImageBitmap(video, scale < 1 ? { ...size, resizeQuality: "medium" } : {});
    if (!exact) return this.encoder.encode(bitmap, "image/jpeg", JPEG_QUALITY, this.needed(bitmap));
    const found = await this.encoder.encode(bitmap, "image/png");
    if (found.file.byteLength < this.limits.most_bytes) return found;
    return this.encoder.encode(found.bitmap, "image/jpeg", EXACT_QUALITY);
  }

  // The size at which a frame is sent: little more than the largest network sees of it.
  needed({ width, height }) {
    const scales = this.models.map(({ input: [rows, columns] }) => Math.max(rows / height, columns / width));
    const scale = Math.min(1, Math.max(SMALLEST_SCALE, MARGIN * Math.max(...scales)));
    return { width: Math.ceil(width * scale), height: Math.ceil(height * scale) };
  }

  send() {
    this.sent = { ...this.prepared, id: ++this.id, time: performance.now() };
    this.prepared = null;
    const header = { id: this.sent.id, models: this.models.map(({ name }) => name), exact: this.sent.exact };
    this.connection.send(packFrame(header, this.sent.file));
    clearTimeout(this.hurrying);
    this.hurrying = setTimeout(() => this.hurry(), this.due - SPARE_MS - performance.now());
  }

  // The frame on its way was answered: send the next one, before the answer is unpacked and drawn.
  arrived() {
    const { sent } = this;
    if (!sent) return;
    if (!sent.exact) this.roundTrip = averaged(this.roundTrip, performance.now() - sent.time);
    this.answering = sent;
    this.sent = null;
    this.next();
  }

  // Draw the answer that has arrived; it is null if the frame was refused.
  answered(answer) {
    const { answering: frame } = this;
    this.answering = null;
    if (frame && answer?.id === frame.id) this.show(frame, answer);
    frame?.bitmap.close();
    // Of a moving picture, the next frame asks again for a model that is being loaded.
    if (frame?.exact && answer?.models.some(({ loading }) => loading)) this.again = setTimeout(() => this.demand(), RETRY_MS);
  }

  drop() {
    this.prepared?.bitmap.close();
    this.prepared = null;
  }

  close() {
    this.closed = true;
    cancelAnimationFrame(this.timer);
    clearTimeout(this.again);
    clearTimeout(this.hurrying);
    this.drop();
    this.sent?.bitmap.close();
    this.answering?.bitmap.close();
    this.encoder.close();
  }
}

function averaged(average, value) {
  return average ? 0.8 * average + 0.2 * value : value;
}
