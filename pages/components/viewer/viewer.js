// The viewer: all panels of one picture, moving in step. Everything here happens in the browser, without a rerun.

const SETTINGS = "segdeck-viewer";
const NARROWEST_PANEL = 300;
const GAP = 16;

class Viewer {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.panels = [];
    this.point = null;
    this.pending = 0;
    this.version = 0;
    this.restore();
    this.observer = new ResizeObserver(() => this.layOut());
    document.addEventListener("scroll", noticeScroll, { capture: true, passive: true });
    this.attachToolbar();
  }

  // Read what Python sent and show it; a picture still being read when the next one arrives is dropped.
  async show(data) {
    const version = ++this.version;
    const photograph = new Image();
    photograph.src = data.picture.url;
    const answers = await Promise.all([...data.models.map((model) => Answer.read(model)), photograph.decode()]);
    if (version !== this.version) return;
    if (data.picture.id !== this.picture?.id) {
      this.view = new View(data.picture.width, data.picture.height);
      this.point = null;
    }
    this.picture = data.picture;
    const place = (model, answer) => new Panel(data.picture, photograph, model, answer, this);
    this.panels = [place(null, null), ...data.models.map((model, index) => place(model, answers[index]))];
    const grid = this.find(".panels");
    grid.style.setProperty("--ratio", data.picture.width / data.picture.height);
    grid.replaceChildren(...this.panels.map((panel) => panel.element));
    this.observer.disconnect();
    this.observer.observe(grid);
    for (const panel of this.panels) this.observer.observe(panel.canvas);
    this.layOut();
    this.inspect(this.point);
    Object.assign(this.find(".viewer").dataset, { picture: data.picture.id, models: data.models.length });
  }

  layOut() {
    const grid = this.find(".panels");
    const most = Math.max(1, Math.floor((grid.clientWidth + GAP) / (NARROWEST_PANEL + GAP)));
    const rows = Math.ceil(this.panels.length / most);
    grid.style.setProperty("--columns", Math.ceil(this.panels.length / rows));
    for (const panel of this.panels) panel.resize();
    this.redraw(true);
  }

  redraw(now = false) {
    const draw = () => {
      this.pending = 0;
      this.updateToolbar();
      for (const panel of this.panels) panel.draw();
    };
    if (now) draw();
    else if (!this.pending) this.pending = requestAnimationFrame(draw);
  }

  inspect(point, { speak = false } = {}) {
    this.point = point;
    const words = this.panels.map((panel) => panel.read(point)).filter(Boolean);
    if (speak) this.find("[role=status]").textContent = words.join("; ");
    this.redraw();
  }

  zoom(how) {
    const canvas = this.panels[0]?.canvas;
    if (!canvas) return;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (how === "fit") this.view.reset();
    else this.view.zoomAt(how === "in" ? KEY_ZOOM : 1 / KEY_ZOOM, width / 2, height / 2, width, height);
    this.redraw();
  }

  // Classes hidden in all models of one label space.
  hidden(space) {
    if (!this.hiddenBySpace.has(space)) this.hiddenBySpace.set(space, new Set());
    return this.hiddenBySpace.get(space);
  }

  toggle(space, id) {
    const hidden = this.hidden(space);
    if (!hidden.delete(id)) hidden.add(id);
    this.changed();
  }

  isolate(space, id) {
    const model = this.panels.find((panel) => panel.model?.space === space).model;
    const others = model.classes.map((entry) => entry.id).filter((other) => other !== id);
    const hidden = this.hidden(space);
    const alone = !hidden.has(id) && others.every((other) => hidden.has(other));
    this.hiddenBySpace.set(space, new Set(alone ? [] : others));
    this.changed();
  }

  changed() {
    this.store();
    this.inspect(this.point);
  }

  attachToolbar() {
    for (const input of this.root.querySelectorAll("[name=mode]"))
      input.addEventListener("change", () => {
        this.mode = input.value;
        this.changed();
      });
    this.find("[type=range]").addEventListener("input", (event) => {
      this.opacity = Number(event.target.value);
      this.changed();
    });
    for (const button of this.root.querySelectorAll("[data-zoom]"))
      button.addEventListener("click", () => this.zoom(button.dataset.zoom));
  }

  updateToolbar() {
    for (const input of this.root.querySelectorAll("[name=mode]")) input.checked = input.value === this.mode;
    const slider = this.find("[type=range]");
    slider.value = this.opacity;
    slider.disabled = this.mode !== "overlay";
    this.find(".opacity output").textContent = `${this.opacity} %`;
    if (!this.view) return;
    this.find(".zoom output").textContent = `${Math.round(100 * this.view.zoom)} %`;
    this.find("[data-zoom=out]").disabled = this.find("[data-zoom=fit]").disabled = this.view.zoom === 1;
    this.find("[data-zoom=in]").disabled = this.view.zoom === LARGEST_ZOOM;
    this.find(".panels").classList.toggle("zoomed", this.view.zoom > 1);
  }

  // The settings outlive a change of picture or page, for as long as the browser's tab is open.
  store() {
    const hidden = [...this.hiddenBySpace].map(([space, ids]) => [space, [...ids]]);
    try {
      sessionStorage.setItem(SETTINGS, JSON.stringify({ mode: this.mode, opacity: this.opacity, hidden }));
    } catch {
      // Without storage the settings last as long as the page.
    }
  }

  restore() {
    let stored = {};
    try {
      stored = JSON.parse(sessionStorage.getItem(SETTINGS)) ?? {};
    } catch {
      // As on a first visit.
    }
    this.mode = stored.mode ?? "overlay";
    this.opacity = stored.opacity ?? 55;
    this.hiddenBySpace = new Map((stored.hidden ?? []).map(([space, ids]) => [space, new Set(ids)]));
  }

  close() {
    this.version++;
    this.observer.disconnect();
    cancelAnimationFrame(this.pending);
    document.removeEventListener("scroll", noticeScroll, { capture: true });
  }
}

const viewers = new WeakMap(); // Streamlit calls again with the same parent whenever the data or the theme changes

export default function ({ data, parentElement }) {
  let viewer = viewers.get(parentElement);
  if (!viewer) viewers.set(parentElement, (viewer = new Viewer(parentElement)));
  viewer.show(data);
  return () => {
    viewer.close();
    viewers.delete(parentElement);
  };
}
