// What is under the point of a picture.

class Readout {
  // `named` is false where there are no classes, only figures.
  constructor(named) {
    this.swatch = make("span", { className: "swatch" });
    this.name = make("strong");
    this.figure = make("span");
    const parts = named ? [this.swatch, this.name, this.figure] : [this.figure];
    this.element = make("div", { className: "readout", hidden: true }, ...parts);
  }

  show(found) {
    this.element.hidden = !found;
    if (!found) return;
    if (found.colour !== this.colour) this.swatch.style.setProperty("--colour", (this.colour = found.colour));
    setText(this.name, found.name);
    setText(this.figure, found.figure);
  }
}
