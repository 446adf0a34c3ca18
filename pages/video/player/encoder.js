// Makes the file of a frame, in a worker where the browser can, so that the page stays smooth meanwhile.

// The worker's whole program; it refers to nothing outside.
function encoderWorker() {
  let canvas = null;
  onmessage = async ({ data: { bitmap, type, quality } }) => {
    if (canvas?.width !== bitmap.width || canvas.height !== bitmap.height)
      canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("2d", { alpha: false, willReadFrequently: true }).drawImage(bitmap, 0, 0);
    const file = await (await canvas.convertToBlob({ type, quality })).arrayBuffer();
    postMessage({ bitmap, file }, [bitmap, file]);
  };
}

class Encoder {
  constructor() {
    if (typeof OffscreenCanvas === "undefined") return;
    const address = URL.createObjectURL(new Blob([`(${encoderWorker})()`], { type: "text/javascript" }));
    this.worker = new Worker(address);
    URL.revokeObjectURL(address);
  }

  // The file of a bitmap, and the bitmap, which is not usable meanwhile. One at a time.
  encode(bitmap, type, quality) {
    if (!this.worker) return this.encodeHere(bitmap, type, quality);
    return new Promise((done, failed) => {
      this.worker.onmessage = ({ data }) => done(data);
      this.worker.onerror = () => {
        this.worker = null; // the next frames are encoded here
        failed(new Error("The worker could not encode a frame."));
      };
      this.worker.postMessage({ bitmap, type, quality }, [bitmap]);
    });
  }

  async encodeHere(bitmap, type, quality) {
    const canvas = make("canvas", { width: bitmap.width, height: bitmap.height });
    canvas.getContext("2d", { alpha: false }).drawImage(bitmap, 0, 0);
    const blob = await new Promise((done) => canvas.toBlob(done, type, quality));
    return { bitmap, file: await blob.arrayBuffer() };
  }

  close() {
    this.worker?.terminate();
  }
}
