// A place on the page where something is drawn: a canvas, a mark at the point that is read, and words about the point.

class Stage {
  constructor(viewer) {
    this.viewer = viewer;
    this.element = make("div", { className: "stage" });
    this.canvas = make("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.mark = make("span", { className: "mark" });
    this.mark.hidden = true;
    this.element.append(this.canvas, this.mark);
    attachGestures(this.canvas, viewer);
  }

  // Take the size on the screen over.
  measure() {
    this.ratio = window.devicePixelRatio || 1;
    this.wide = this.canvas.clientWidth;
    this.high = this.canvas.clientHeight;
    this.width = Math.max(1, Math.round(this.wide * this.ratio)); // device pixels
    this.height = Math.max(1, Math.round(this.high * this.ratio));
  }

  // The mark is no part of the drawing, so that pointing draws nothing anew.
  showMark() {
    const { point, view } = this.viewer;
    this.mark.hidden = !point;
    if (!point) return;
    const shown = view.rectangle(this.wide, this.high);
    const [x, y] = [shown.left + point.x * shown.width, shown.top + point.y * shown.height];
    this.mark.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
  }
}

class Readout {
  constructor(layer) {
    this.layer = layer;
    this.element = make("div", { className: "readout" });
    this.element.hidden = true;
    this.swatch = make("span", { className: "swatch" });
    this.name = make("strong");
    this.figure = make("span");
    if (layer.map) this.element.append(this.swatch, this.name);
    this.element.append(this.figure);
  }

  show(found) {
    this.element.hidden = !found;
    if (!found) return;
    if (found.colour !== this.colour) this.swatch.style.setProperty("--colour", (this.colour = found.colour));
    say(this.name, found.name);
    say(this.figure, found.figure);
  }
}
