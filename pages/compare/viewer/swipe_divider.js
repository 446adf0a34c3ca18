// Two layers on one large stage, separated by a divider that the visitor drags.

const DIVIDER_STEPS = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1 };

class SwipeDivider {
  constructor(viewer) {
    this.viewer = viewer;
    this.element = viewer.find(".swipe");
    this.stage = new Stage(viewer);
    this.divider = viewer.find(".divider");
    this.sides = ["left", "right"].map((name) => ({
      name,
      select: viewer.find(`select[name=${name}]`),
      half: viewer.find(`.half.${name}`),
      below: viewer.find(`.legends .${name}`),
    }));
    viewer.find(".swipe .frame").prepend(this.stage.element);
    this.stage.element.append(...this.sides.map((side) => side.half), this.divider);
    for (const side of this.sides) side.select.addEventListener("change", () => this.choose(side));
    this.attachDivider();
  }

  // Offer these layers on both sides; a selected layer stays selected if it is still offered.
  setLayers(layers) {
    if (layers.length < 2) return;
    const { settings } = this.viewer;
    this.layers = new Map(layers.map((layer) => [layer.name, layer]));
    const names = [...this.layers.keys()];
    const preferred = names.length > 2 ? names.slice(1) : names; // the picture only beside a single model
    const other = (taken) => preferred.find((name) => name !== taken);
    if (!this.layers.has(settings.left)) settings.left = other(settings.right);
    if (!this.layers.has(settings.right) || settings.right === settings.left) settings.right = other(settings.left);
    for (const side of this.sides) {
      side.select.replaceChildren(...names.map((name) => new Option(name)));
      this.fill(side);
    }
    this.drawnEdge = null;
  }

  // Show the selected layer on one side; if the other side shows it already, the sides swap.
  choose(side) {
    const { settings } = this.viewer;
    const other = this.sides.find((one) => one !== side);
    if (side.select.value === settings[other.name]) {
      settings[other.name] = settings[side.name];
      this.fill(other);
    }
    settings[side.name] = side.select.value;
    this.fill(side);
    this.drawnEdge = null;
    this.viewer.changed();
  }

  fill(side) {
    const layer = this.layers.get(this.viewer.settings[side.name]);
    side.select.value = layer?.name;
    if (layer === side.layer || !layer) return;
    side.layer = layer;
    side.layerCanvas = new LayerCanvas(layer);
    side.readout = new Readout(Boolean(layer.map));
    this.stage.element.querySelector(`.readout.${side.name}`)?.remove();
    side.readout.element.classList.add(side.name);
    this.stage.element.append(side.readout.element);
    side.legend = layer.data && new Legend(layer);
    side.below.replaceChildren(...(side.legend ? [make("strong", {}, layer.name), side.legend.element] : []));
  }

  draw() {
    const { settings } = this.viewer;
    const { canvas, width, height, ratio } = this.stage;
    const changed = this.sides.map((side) => side.layerCanvas.update(width, height, ratio)).some(Boolean);
    const edge = Math.round(settings.divider * width);
    if (changed || edge !== this.drawnEdge) {
      resizeCanvas(canvas, width, height);
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, width, height);
      const [left, right] = this.sides.map((side) => side.layerCanvas.canvas);
      if (edge > 0) context.drawImage(left, 0, 0, edge, height, 0, 0, edge, height);
      const rest = width - edge;
      if (rest > 0) context.drawImage(right, edge, 0, rest, height, edge, 0, rest, height);
      this.drawnEdge = edge;
      this.updateLabels();
    }
    this.stage.updateMarker();
  }

  // Position the divider and update titles and descriptions.
  updateLabels() {
    const { divider, left, right } = this.viewer.settings;
    const share = Math.round(100 * divider);
    this.stage.element.style.setProperty("--divider", divider);
    this.divider.setAttribute("aria-valuenow", share);
    this.divider.setAttribute("aria-valuetext", `${left} ${share} %, ${right} ${100 - share} %`);
    this.stage.canvas.setAttribute("aria-label", this.sides.map((side) => side.layer.describe()).join(" Beside it: "));
    for (const side of this.sides) {
      const { name, lacksConfidence } = side.layer;
      setText(side.half.querySelector(".title"), lacksConfidence ? `${name} · ${NO_CONFIDENCE}` : name);
    }
  }

  inspect(point) {
    return this.sides.map((side) => inspectLayer(side, point)).filter(Boolean).join("; ");
  }

  refresh() {
    for (const side of this.sides) side.legend?.refresh();
  }

  move(divider) {
    this.viewer.settings.divider = Math.min(Math.max(divider, 0), 1);
    this.viewer.settings.store();
    this.viewer.redraw();
  }

  attachDivider() {
    const { divider, stage } = this;
    divider.addEventListener("pointerdown", (event) => {
      if (event.button > 0) return;
      divider.setPointerCapture(event.pointerId);
      this.grip = event.clientX - divider.getBoundingClientRect().left - divider.offsetWidth / 2;
    });
    divider.addEventListener("pointermove", (event) => {
      if (!divider.hasPointerCapture(event.pointerId)) return;
      const box = stage.canvas.getBoundingClientRect();
      this.move((event.clientX - this.grip - box.left) / box.width);
    });
    divider.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { divider: position } = this.viewer.settings;
      if (event.key in DIVIDER_STEPS) this.move(position + DIVIDER_STEPS[event.key]);
      else if (event.key === "Home") this.move(0);
      else if (event.key === "End") this.move(1);
      else return;
      event.preventDefault();
    });
  }
}
