// What a panel draws: the photograph, alone or under one label map.

class Photograph {
  static async read(picture) {
    const image = new Image();
    image.src = picture.url;
    await image.decode();
    return new Photograph(picture, image);
  }

  constructor(picture, image) {
    this.picture = picture;
    this.image = image;
    this.copies = new Map();
  }

  // Draw the picture at the view. High-quality scaling is slow, so all panels of one size share the scaled copy.
  draw(context, view) {
    const { width, height } = context.canvas;
    const size = `${width} ${height}`;
    if (!this.copies.has(size)) this.copies.set(size, make("canvas", { width, height }));
    const copy = this.copies.get(size);
    if (copy.view !== view.state) {
      const shown = view.rectangle(width, height);
      const target = copy.getContext("2d");
      target.imageSmoothingQuality = "high";
      target.clearRect(0, 0, width, height);
      target.drawImage(this.image, shown.left, shown.top, shown.width, shown.height);
      copy.view = view.state;
    }
    context.drawImage(copy, 0, 0);
  }

  // Drop the scaled copies; after a change of layout their sizes may not be needed again.
  clearCopies() {
    this.copies.clear();
  }
}

class Layer {
  // `data` and `map` are null for the photograph alone.
  constructor(photograph, data, map, viewer) {
    Object.assign(this, { photograph, data, map, viewer });
    this.name = data ? data.name : "Picture";
    // An agreement map has its own classes, so hiding them does not affect other panels.
    this.space = data && (data.kind === "agreement" ? `agreement: ${data.name}` : data.space);
  }

  get hidden() {
    return this.viewer.settings.hidden(this.space);
  }

  // The mode, replaced by "mask" where there is no confidence.
  get mode() {
    const { mode } = this.viewer.settings;
    return mode === "confidence" && this.map && !this.map.percent ? "mask" : mode;
  }

  get lacksConfidence() {
    return this.viewer.settings.mode !== this.mode;
  }

  get boxes() {
    if (!this.viewer.settings.boxes) return [];
    return this.data.objects.filter(({ id }) => this.map.classes.has(id) && !this.hidden.has(id));
  }

  // A key of everything that determines the layer's look at a given view and size.
  state(shownWidth, ratio) {
    if (!this.map) return "";
    const { opacity, boxes } = this.viewer.settings;
    const detail = { overlay: opacity, outline: this.edge(shownWidth, ratio) }[this.mode] ?? "";
    return [this.mode, detail, boxes, ...[...this.hidden].sort()].join(" ");
  }

  draw(context, view, ratio) {
    const { width, height } = context.canvas;
    const { mode, map } = this;
    const shown = view.rectangle(width, height);
    context.clearRect(0, 0, width, height);
    if (!map || mode === "overlay" || mode === "outline") this.photograph.draw(context, view);
    if (!map) return;
    const style = { outline: "edges", confidence: "confidence" }[mode] ?? "areas";
    const edge = mode === "outline" ? this.edge(shown.width, ratio) : 0;
    context.imageSmoothingEnabled = false; // interpolated colours would look like other classes
    context.globalAlpha = mode === "overlay" ? this.viewer.settings.opacity / 100 : 1;
    context.drawImage(map.paint(style, this.hidden, edge), shown.left, shown.top, shown.width, shown.height);
    context.globalAlpha = 1;
    drawBoxes(context, this.boxes, map.classes, shown, ratio, this.viewer.font);
  }

  // The outline's width in pixels of the label map, about 1.5 screen pixels at any zoom.
  edge(shownWidth, ratio) {
    return Math.min(Math.max(Math.round((1.5 * ratio * this.map.width) / shownWidth), 1), 8);
  }

  // The class at a point: id, colour, name, a figure, and a description (empty for the photograph itself).
  at(point) {
    if (!this.map) {
      const { original_width: width, original_height: height } = this.photograph.picture;
      return { name: "", figure: `x ${Math.floor(point.x * width)}, y ${Math.floor(point.y * height)}`, description: "" };
    }
    const { entry, percent } = this.map.at(point);
    const name = entry?.name ?? "no label";
    const figure = percent === undefined || !entry ? "" : `${percent} %`;
    const description = `${this.name}: ${[name, figure].filter(Boolean).join(", ")}`;
    return { id: entry?.id, colour: entry?.colour ?? "transparent", name, figure, description };
  }

  describe() {
    const { name } = this.photograph.picture;
    if (!this.data) return name;
    const largest = [...this.data.classes].sort((a, b) => b.share - a.share).slice(0, 3);
    const shares = largest.map((entry) => `${entry.name} ${formatPercent(entry.share)}`).join(", ");
    return `${name}, ${this.data.kind === "model" ? `as ${this.name} sees it` : this.name}: ${shares}`;
  }
}

// A canvas that holds one layer and is redrawn only after a change.
class LayerCanvas {
  constructor(layer, canvas = make("canvas")) {
    this.layer = layer;
    this.canvas = canvas;
    this.state = null;
  }

  // Draw the layer at this size in device pixels unless it is up to date; return whether it was redrawn.
  update(width, height, ratio) {
    const { canvas, layer } = this;
    const { view } = layer.viewer;
    const state = [width, height, view.state, layer.state(view.rectangle(width, height).width, ratio)].join(" ");
    if (state === this.state) return false;
    resizeCanvas(canvas, width, height);
    layer.draw(canvas.getContext("2d"), view, ratio);
    this.state = state;
    return true;
  }
}

// Set a canvas's size only if it differs: every assignment clears the canvas and allocates it again.
function resizeCanvas(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

// Show what is under the point (null for none) in a layer's readout and legend, and return its description.
function inspectLayer({ layer, readout, legend }, point) {
  const found = point && layer.at(point);
  readout.show(found);
  legend?.highlight(found?.id);
  return found?.description;
}
