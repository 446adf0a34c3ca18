// One panel: the picture alone, or under one label map.

const NO_CONFIDENCE = "No confidence: mask shown";

class Panel {
  constructor(layer, viewer) {
    this.layer = layer;
    this.viewer = viewer;
    this.source = Panel.source(layer.photograph.picture, layer.data);
    this.stage = new Stage(viewer);
    this.stage.canvas.setAttribute("aria-label", layer.describe());
    this.layerCanvas = new LayerCanvas(layer, this.stage.canvas);
    this.readout = new Readout(Boolean(layer.map));
    this.noConfidence = make("p", { className: "no-confidence" }, NO_CONFIDENCE);
    this.stage.element.append(this.readout.element, this.noConfidence);
    this.legend = layer.data && new Legend(layer);
    const below = this.legend ? this.legend.element : this.about();
    this.element = make("figure", { className: "panel" }, this.caption(), this.stage.element, below);
  }

  // Panels with the same source show the same.
  static source(picture, data) {
    return JSON.stringify([picture.id, data]);
  }

  caption() {
    const { data, photograph } = this.layer;
    const { original_width: width, original_height: height } = photograph.picture;
    const facts = data ? [data.note, data.time].filter(Boolean).join(" · ") : `${width} × ${height} pixels`;
    const meta = make("span", { className: "meta" }, facts);
    if (data?.time_note) meta.title = data.time_note;
    return make("figcaption", {}, make("strong", {}, this.layer.name), meta);
  }

  // What stands below the picture alone: its name, its credit and how to use the viewer.
  about() {
    const { picture } = this.layer.photograph;
    const credit = picture.credit ? [make("p", {}, picture.credit)] : [];
    const help = document.importNode(this.viewer.find("template.help").content, true);
    return make("div", { className: "about" }, make("p", { className: "title" }, picture.name), ...credit, help);
  }

  draw() {
    const { width, height, ratio } = this.stage;
    this.layerCanvas.update(width, height, ratio);
    this.noConfidence.hidden = !this.layer.lacksConfidence;
    this.stage.updateMarker();
  }

  inspect(point) {
    return inspectLayer(this, point);
  }

  refresh() {
    this.legend?.refresh();
  }
}
