// One model's answer: a label and a confidence per pixel, and how they are painted.
//
// They arrive as deflated bytes, not as PNG: reading pixels back from a canvas gives altered values in browsers that
// guard against fingerprinting, and a label that is off by one is another class.

async function inflate(base64) {
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

class Answer {
  static async read(model) {
    const [labels, steps] = await Promise.all([inflate(model.labels), inflate(model.confidence)]);
    return new Answer(model, labels, undoSteps(steps, model.width));
  }

  constructor(model, labels, percent) {
    this.width = model.width;
    this.height = model.height;
    this.labels = labels; // class ids, row by row
    this.percent = percent; // confidence, 0..100
    this.classes = new Map(model.classes.map((entry) => [entry.id, entry]));
    this.colours = new Map(model.classes.map((entry) => [entry.id, abgr(entry.colour)]));
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.width;
    this.canvas.height = this.height;
    this.painted = null;
  }

  at(point) {
    const column = Math.min(Math.floor(point.x * this.width), this.width - 1);
    const row = Math.min(Math.floor(point.y * this.height), this.height - 1);
    const index = row * this.width + column;
    return { entry: this.classes.get(this.labels[index]), percent: this.percent[index] };
  }

  // A canvas with the classes that are not hidden; `edge` 0 fills them, above it draws only their edges, that many
  // pixels to each side. Painted anew only when something changed.
  paint(hidden, edge) {
    const wanted = `${[...hidden].sort().join()}/${edge}`;
    if (wanted === this.painted) return this.canvas;
    const palette = new Uint32Array(256); // 0 is transparent
    for (const [id, colour] of this.colours) if (!hidden.has(id)) palette[id] = colour;
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(this.width, this.height);
    const pixels = new Uint32Array(image.data.buffer);
    if (edge) this.paintEdges(pixels, palette, edge);
    else for (let i = 0; i < pixels.length; i++) pixels[i] = palette[this.labels[i]];
    context.putImageData(image, 0, 0);
    this.painted = wanted;
    return this.canvas;
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
        if (!same) pixels[i] = palette[label];
      }
    }
  }
}

// "#rrggbb" as the opaque pixel of a little-endian Uint32Array over RGBA bytes.
function abgr(colour) {
  const [red, green, blue] = [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

// Each row holds its first value, then the step from pixel to pixel (modulo 256), which deflates far better.
function undoSteps(steps, width) {
  const values = new Uint8Array(steps.length);
  for (let i = 0; i < steps.length; i++) values[i] = i % width ? values[i - 1] + steps[i] : steps[i];
  return values;
}
