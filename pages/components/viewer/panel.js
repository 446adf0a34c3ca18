// One panel: the picture, with the answer of one model over it unless it is the picture's own panel.

class Panel {
  constructor(picture, photograph, model, answer, viewer) {
    Object.assign(this, { picture, photograph, model, answer, viewer });
    this.element = make("figure", "panel");
    this.canvas = make("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", this.description());
    this.readout = make("div", "readout");
    this.readout.hidden = true;
    const stage = make("div", "stage");
    stage.append(this.canvas, this.readout);
    this.element.append(this.caption(), stage);
    this.legend = model ? new Legend(model, viewer) : null;
    this.element.append(this.legend ? this.legend.element : this.about());
    attachGestures(this.canvas, viewer);
  }

  caption() {
    const { picture, model } = this;
    const caption = make("figcaption");
    caption.append(make("strong", "", model ? model.name : "Picture"));
    const facts = model ? `${model.dataset} · ${model.time}` : `${picture.original_width} × ${picture.original_height} pixels`;
    const meta = make("span", "meta", facts);
    if (model) meta.title = model.time_note;
    caption.append(meta);
    return caption;
  }

  // Under the picture itself: what it is, and how to use the viewer.
  about() {
    const about = make("div", "about");
    about.append(make("p", "title", this.picture.name));
    if (this.picture.credit) about.append(make("p", "", this.picture.credit));
    about.append(document.importNode(this.viewer.find("template").content, true));
    return about;
  }

  description() {
    if (!this.model) return this.picture.name;
    const largest = [...this.model.classes].sort((a, b) => b.share - a.share).slice(0, 3);
    const shares = largest.map((entry) => `${entry.name} ${percent(entry.share)}`).join(", ");
    return `${this.picture.name}, as ${this.model.name} sees it: ${shares}`;
  }

  // Match the canvas to its size on the screen, in device pixels.
  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
  }

  draw() {
    const { canvas, answer, viewer } = this;
    const context = canvas.getContext("2d");
    const { width, height } = canvas;
    const shown = viewer.view.rectangle(width, height);
    const draw = (image) => context.drawImage(image, shown.left, shown.top, shown.width, shown.height);
    context.clearRect(0, 0, width, height);
    context.globalAlpha = 1;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    if (!answer || viewer.mode !== "mask") draw(this.photograph);
    if (answer) {
      const edge = viewer.mode === "outline" ? this.edge(shown.width) : 0;
      context.imageSmoothingEnabled = false; // a colour between two classes would be a third class
      context.globalAlpha = viewer.mode === "overlay" ? viewer.opacity / 100 : 1;
      draw(answer.paint(viewer.hidden(this.model.space), edge));
      context.globalAlpha = 1;
    }
    if (viewer.point) this.drawPoint(context, shown, viewer.point);
  }

  // How many pixels of the label map are about 1.5 on the screen, so that outlines look alike at any zoom.
  edge(shownWidth) {
    const ratio = window.devicePixelRatio || 1;
    return Math.min(Math.max(Math.round((1.5 * ratio * this.answer.width) / shownWidth), 1), 8);
  }

  drawPoint(context, shown, point) {
    const ratio = window.devicePixelRatio || 1;
    const [x, y] = [shown.left + point.x * shown.width, shown.top + point.y * shown.height];
    for (const [colour, line] of [["#000000", 3.5], ["#ffffff", 1.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = line * ratio;
      context.beginPath();
      context.arc(x, y, 6 * ratio, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  // Say what is under the point, and return it in words.
  read(point) {
    const { answer, model, picture, readout, viewer } = this;
    readout.hidden = !point;
    const found = point && answer ? answer.at(point) : null;
    if (this.legend) this.legend.update(viewer.hidden(model.space), found?.entry.id);
    if (!point) return "";
    if (!found) {
      const pixel = [point.x * picture.original_width, point.y * picture.original_height].map(Math.floor);
      readout.replaceChildren(make("span", "", `x ${pixel[0]}, y ${pixel[1]}`));
      return "";
    }
    const swatch = make("span", "swatch");
    swatch.style.setProperty("--colour", found.entry.colour);
    readout.replaceChildren(swatch, make("strong", "", found.entry.name), make("span", "", `${found.percent} %`));
    return `${model.name}: ${found.entry.name}, ${found.percent} %`;
  }
}
