// One label map: a class per pixel, perhaps a confidence too, and how they are painted.
//
// They arrive as deflated bytes, not as PNG: reading pixels back from a canvas gives altered values in browsers that
// guard against fingerprinting, and a label that is off by one is another class.

async function inflate(base64) {
  const text = atob(base64);
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i); // Uint8Array.from takes twenty times as long
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

class LabelMap {
  static async read(data) {
    const [labels, steps] = await Promise.all([inflate(data.labels), data.confidence && inflate(data.confidence)]);
    return new LabelMap(data, labels, steps && undoSteps(steps, data.width));
  }

  constructor(data, labels, percent) {
    this.width = data.width;
    this.height = data.height;
    this.labels = labels; // class ids, row by row
    this.percent = percent; // confidence, 0..100, or null
    this.classes = new Map(data.classes.map((entry) => [entry.id, entry]));
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.width;
    this.canvas.height = this.height;
    this.painted = null;
  }

  // The class (undefined where the pixel has none) and the confidence at a point.
  at(point) {
    const column = Math.min(Math.floor(point.x * this.width), this.width - 1);
    const row = Math.min(Math.floor(point.y * this.height), this.height - 1);
    const index = row * this.width + column;
    return { entry: this.classes.get(this.labels[index]), percent: this.percent?.[index] };
  }

  // A canvas with the classes that are not hidden, as "areas", as "edges" (that many pixels to each side) or as their
  // "confidence". Painted anew only when something changed.
  paint(what, hidden, edge = 0) {
    const wanted = `${what}/${edge}/${[...hidden].sort().join()}`;
    if (wanted === this.painted) return this.canvas;
    const image = scratch(this.width, this.height);
    const pixels = new Uint32Array(image.data.buffer);
    const palette = new Uint32Array(256); // 0 is transparent
    for (const [id, { colour }] of this.classes) if (!hidden.has(id)) palette[id] = abgr(channels(colour));
    if (what === "edges") this.paintEdges(pixels, palette, edge);
    else if (what === "confidence") this.paintConfidence(pixels, palette);
    else this.paintAreas(pixels, palette);
    this.canvas.getContext("2d").putImageData(image, 0, 0);
    this.painted = wanted;
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

// Room for one label map's pixels, the same for all of one size; whoever takes it sets every pixel.
let room = null;
function scratch(width, height) {
  if (room?.width !== width || room.height !== height) room = new ImageData(width, height);
  return room;
}

// Each row holds its first value, then the step from pixel to pixel (modulo 256), which deflates far better.
function undoSteps(steps, width) {
  const values = new Uint8Array(steps.length);
  for (let start = 0; start < steps.length; start += width)
    for (let i = start, value = 0; i < start + width; i++) values[i] = value = (value + steps[i]) & 255;
  return values;
}
