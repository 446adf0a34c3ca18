// One label map: a class and optionally a confidence per pixel, and how to paint them.
//
// The data arrives as deflated bytes, not as PNG: browsers with fingerprinting protection alter the pixels that are read
// back from a canvas, and a label that is off by one is another class.

async function inflate(base64) {
  const text = atob(base64);
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i); // Uint8Array.from takes twenty times as long
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

class LabelMap {
  static async read(data) {
    const [labels, deltas] = await Promise.all([inflate(data.labels), data.confidence && inflate(data.confidence)]);
    return new LabelMap(data, labels, deltas && decodeDeltas(deltas, data.width));
  }

  constructor(data, labels, percent) {
    this.width = data.width;
    this.height = data.height;
    this.labels = labels; // class ids, row by row
    this.percent = percent; // confidence, 0..100, or null
    this.classes = new Map(data.classes.map((entry) => [entry.id, entry]));
    this.canvas = make("canvas", { width: this.width, height: this.height });
    this.painted = null;
  }

  // The class (undefined without one) and the confidence at a point.
  at(point) {
    const column = Math.min(Math.floor(point.x * this.width), this.width - 1);
    const row = Math.min(Math.floor(point.y * this.height), this.height - 1);
    const index = row * this.width + column;
    return { entry: this.classes.get(this.labels[index]), percent: this.percent?.[index] };
  }

  // A canvas of the visible classes as "areas", "edges" (`edge` pixels wide on each side) or "confidence"; repainted
  // only after a change.
  paint(style, hidden, edge = 0) {
    const key = `${style}/${edge}/${[...hidden].sort().join()}`;
    if (key === this.painted) return this.canvas;
    const image = scratchImage(this.width, this.height);
    const pixels = new Uint32Array(image.data.buffer);
    const palette = new Uint32Array(256); // 0 is transparent
    for (const [id, { colour }] of this.classes) if (!hidden.has(id)) palette[id] = packPixel(channels(colour));
    if (style === "edges") this.paintEdges(pixels, palette, edge);
    else if (style === "confidence") this.paintConfidence(pixels, palette);
    else this.paintAreas(pixels, palette);
    this.canvas.getContext("2d").putImageData(image, 0, 0);
    this.painted = key;
    return this.canvas;
  }

  paintAreas(pixels, palette) {
    const { labels } = this;
    for (let i = 0; i < pixels.length; i++) pixels[i] = palette[labels[i]];
  }

  paintConfidence(pixels, palette) {
    const { labels, percent } = this;
    for (let i = 0; i < pixels.length; i++) pixels[i] = palette[labels[i]] && CONFIDENCE[percent[i]];
  }

  paintEdges(pixels, palette, edge) {
    const { labels, width, height } = this;
    for (let row = 0, i = 0; row < height; row++) {
      const up = row >= edge ? -edge * width : 0;
      const down = row + edge < height ? edge * width : 0;
      for (let column = 0; column < width; column++, i++) {
        const label = labels[i];
        const left = column >= edge ? -edge : 0;
        const right = column + edge < width ? edge : 0;
        const same =
          labels[i + up] === label && labels[i + down] === label && labels[i + left] === label && labels[i + right] === label;
        pixels[i] = same ? 0 : palette[label];
      }
    }
  }
}

// An image to paint into, shared by all label maps of one size; painting sets every pixel.
let sharedImage = null;
function scratchImage(width, height) {
  if (sharedImage?.width !== width || sharedImage.height !== height) sharedImage = new ImageData(width, height);
  return sharedImage;
}

// Undo delta coding: each row holds its first value, then the difference (modulo 256) from pixel to pixel.
function decodeDeltas(deltas, width) {
  const values = new Uint8Array(deltas.length);
  for (let start = 0; start < deltas.length; start += width)
    for (let i = start, value = 0; i < start + width; i++) values[i] = value = (value + deltas[i]) & 255;
  return values;
}
