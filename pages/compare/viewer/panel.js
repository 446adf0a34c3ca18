// One panel: the picture, with one label map over it unless it is the picture's own panel.

const LACK = "No confidence: mask shown";

class Panel {
  constructor(layer, viewer) {
    const { data } = layer;
    this.layer = layer;
    this.viewer = viewer;
    this.source = Panel.source(layer.photograph.picture, data);
    this.element = make("figure", { className: "panel" });
    this.stage = new Stage(viewer);
    this.stage.canvas.setAttribute("aria-label", layer.describe());
    this.painting = new Painting(layer, this.stage.canvas);
    this.readout = new Readout(layer);
    this.lack = make("p", { className: "lack" }, LACK);
    this.stage.element.append(this.readout.element, this.lack);
    this.legend = data ? new Legend(data.classes, layer.space, viewer) : null;
    this.element.append(this.caption(), this.stage.element, this.legend ? this.legend.element : this.about());
  }

  // Two panels with the same source show the same.
  static source(picture, data) {
    return JSON.stringify([picture.id, data]);
  }

  caption() {
    const { data, photograph } = this.layer;
    const { original_width: width, original_height: height } = photograph.picture;
    const caption = make("figcaption");
    const facts = data ? [data.note, data.time].filter(Boolean).join(" · ") : `${width} × ${height} pixels`;
    const meta = make("span", { className: "meta" }, facts);
    if (data?.time_note) meta.title = data.time_note;
    caption.append(make("strong", {}, this.layer.name), meta);
    return caption;
  }

  // Under the picture itself: what it is, and how to use the viewer.
  about() {
    const { picture } = this.layer.photograph;
    const about = make("div", { className: "about" });
    about.append(make("p", { className: "title" }, picture.name));
    if (picture.credit) about.append(make("p", {}, picture.credit));
    about.append(document.importNode(this.viewer.find("template.help").content, true));
    return about;
  }

  draw() {
    const { width, height, ratio } = this.stage;
    this.painting.update(width, height, ratio);
    this.lack.hidden = !this.layer.lacksConfidence;
    this.stage.showMark();
  }

  // Say what is under the point, and return it in words.
  read(point) {
    const found = point && this.layer.at(point);
    this.readout.show(found);
    this.legend?.point(found?.id);
    return found ? found.words : "";
  }

  refresh() {
    this.legend?.refresh();
  }
}
