// Makes the file of a frame, in a worker where the browser can, so that the page stays smooth meanwhile.

// The worker's whole program; it refers to nothing outside.
function encoderWorker() {
  let canvas = null;
  onmessage = async ({ data: { bitmap, type, quality, width, height } }) => {
    try {
      if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
      canvas.getContext("2d", { alpha: false, willReadFrequently: true }).drawImage(bitmap, 0, 0, width, height);
      const file = await (await canvas.convertToBlob({ type, quality })).arrayBuffer();
      postMessage({ bitmap, file }, [bitmap, file]);
    } catch (error) {
      postMessage({ failure: error.message }); // an error after the first await does not reach the page by itself
    }
  };
}

class Encoder {
  constructor() {
    if (typeof OffscreenCanvas === "undefined") return;
    const address = URL.createObjectURL(new Blob([`(${encoderWorker})()`], { type: "text/javascript" }));
    this.worker = new Worker(address);
    URL.revokeObjectURL(address);
  }

  // The file of a bitmap, at another size if that is given, and the bitmap, which is not usable meanwhile. One at a time.
  encode(bitmap, type, quality, { width, height } = bitmap) {
    if (!this.worker) return this.encodeHere(bitmap, type, quality, width, height);
    return new Promise((done, failed) => {
      this.worker.onmessage = ({ data }) => (data.failure ? failed(new Error(data.failure)) : done(data));
      this.worker.onerror = () => {
        this.worker = null; // the next frames are encoded here
        failed(new Error("The worker could not encode a frame."));
      };
      this.worker.postMessage({ bitmap, type, quality, width, height }, [bitmap]);
    });
  }

  async encodeHere(bitmap, type, quality, width, height) {
    const canvas = make("canvas", { width, height });
    canvas.getContext("2d", { alpha: false }).drawImage(bitmap, 0, 0, width, height);
    const blob = await new Promise((done) => canvas.toBlob(done, type, quality));
    return { bitmap, file: await blob.arrayBuffer() };
  }

  close() {
    this.worker?.terminate();
  }
}
