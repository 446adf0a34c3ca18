// One panel: a frame under the label map of one model.

class LiveLegend extends Legend {
  constructor(layer) {
    super(layer);
    this.element.hidden = true; // nothing has been looked at yet
    this.verdict = make("p", { className: "verdict", hidden: true }, "Unlike the pictures this model was trained on");
    this.verdict.title = "Most of the last frames are, judged by how strongly the network's deepest levels respond.";
    this.element.prepend(this.verdict);
    this.strange = 0; // about how many of the last frames are unlike the training pictures, 0 to 1
  }

  // Forget what was looked at.
  clear() {
    this.judge(false, true);
    this.element.hidden = true;
    this.rows.clear();
    this.list.replaceChildren();
    this.highlighted = undefined;
  }

  // Take the verdict on a frame, undefined if the model cannot tell. A few frames of many must not make the line blink.
  judge(unlike, still) {
    if (unlike === undefined) return;
    this.strange = still ? Number(unlike) : 0.9 * this.strange + 0.1 * Number(unlike);
    if (this.strange > 0.6) this.verdict.hidden = false;
    if (this.strange < 0.4) this.verdict.hidden = true;
  }

  // Show the classes of a label map; a class that was found once keeps its row, so that rows do not jump.
  update(labels) {
    this.element.hidden = false;
    const counts = new Uint32Array(256);
    for (let i = 0; i < labels.length; i++) counts[labels[i]]++;
    for (const entry of this.classes) entry.share = counts[entry.id] / labels.length;
    const found = this.classes.filter((entry) => entry.share >= SMALLEST_SHARE && !this.rows.has(entry.id));
    for (const entry of found.sort((a, b) => b.share - a.share)) this.list.append(this.row(entry));
    if (found.length) this.refresh();
    for (const { bar, share, entry } of this.rows.values()) {
      bar.style.setProperty("--share", entry.share);
      setText(share, formatPercent(entry.share));
    }
    this.tellRest(this.classes.length - this.rows.size);
  }
}

class VideoPanel {
  // `model` has a name, a note, a label space and its classes.
  constructor(model, viewer) {
    this.model = model;
    this.viewer = viewer;
    const classes = model.classes.map((entry) => ({ ...entry, share: 0 }));
    this.data = { ...model, classes };
    this.figures = new Figures();
    this.frame = make("canvas", { className: "frame", width: 4, height: 3 });
    this.frame.setAttribute("role", "img");
    this.frame.setAttribute("aria-label", `The video, as ${model.name} sees it`);
    this.readout = new Readout(true);
    this.told = make("p", { className: "told", hidden: true });
    this.divider = viewer.divider();
    this.stage = make("div", { className: "stage" }, this.frame, this.divider, this.readout.element, this.told);
    viewer.attach(this.stage);
    this.shownWidth = Infinity; // of the stage, in CSS pixels
    new ResizeObserver(([{ contentRect }]) => (this.shownWidth = contentRect.width || Infinity)).observe(this.stage);
    this.meta = make("span", { className: "meta" }, model.note);
    this.legend = new LiveLegend({ data: this.data, space: model.space, viewer });
    const caption = make("figcaption", {}, make("strong", {}, model.name), this.meta);
    this.element = make("figure", { className: "panel" }, caption, this.stage, this.legend.element);
    this.legendTime = 0;
  }

  get hidden() {
    return this.viewer.settings.hidden(this.model.space);
  }

  // Draw a frame's bitmap, no larger than the panel shows it, and the label map for it.
  show({ bitmap }, { width, height, labels }) {
    this.tell("");
    const { frame } = this;
    const scale = Math.min(1, (this.shownWidth * devicePixelRatio) / bitmap.width);
    const [columns, rows] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
    if (frame.width !== columns) frame.width = columns;
    if (frame.height !== rows) frame.height = rows;
    frame.getContext("2d", { alpha: false }).drawImage(bitmap, 0, 0, columns, rows);
    if (this.map?.width !== width || this.map.height !== height) {
      this.map?.canvas.remove();
      this.map = new LabelMap({ width, height, classes: this.data.classes }, labels, null);
      this.map.canvas.className = "mask";
      this.frame.after(this.map.canvas);
    }
    this.map.labels = labels;
    this.map.painted = null;
    this.paint();
  }

  paint() {
    if (!this.map) return;
    const { mode } = this.viewer.settings;
    const edge = Math.max(1, Math.round((1.5 * this.map.width) / (this.stage.clientWidth || this.map.width)));
    this.map.paint(mode === "outline" ? "edges" : "areas", this.hidden, mode === "outline" ? edge : 0);
    this.inspect();
  }

  // Show an answer's figures; the legend follows a few times a second.
  count(now, delay, { time, engine, unlike }, still) {
    this.figures.add(now, delay, time);
    this.legend.judge(unlike, still);
    if (!still && now - this.legendTime < 250) return;
    this.legendTime = now;
    this.legend.update(this.map.labels);
    setText(this.meta, still ? `still · model ${Math.round(time)} ms` : this.figures.describe());
    this.meta.title = `${this.model.note}; ${engine}. The delay is from the picture to the mask on the screen.`;
  }

  // Say something instead of a mask; empty for nothing.
  tell(sentence) {
    this.told.hidden = !sentence;
    setText(this.told, sentence);
  }

  inspect() {
    const { point } = this.viewer;
    const entry = point && this.map?.at(point).entry;
    const found = point && this.map && { colour: entry?.colour ?? "transparent", name: entry?.name ?? "no label", figure: "" };
    this.readout.show(found);
    this.legend.highlight(entry?.id);
  }

  reset() {
    this.figures = new Figures();
    this.legend.clear();
    this.tell("");
    this.map?.canvas.remove();
    this.map = null;
    this.inspect();
    this.frame.width = 4;
    setText(this.meta, this.model.note);
  }
}
