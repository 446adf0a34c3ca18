// The viewer: all panels of one picture, zoomed and moved together. It runs in the browser, without reruns.

const NARROWEST_PANEL = 300;
const GAP = 16;

class Viewer {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    const link = arrivalLink();
    this.settings = new Settings(link?.settings);
    this.pendingViewport = link?.viewport; // applies to a picture that has not arrived yet
    this.address = new Address(this);
    this.panels = [];
    this.point = null;
    this.frame = 0; // the requested animation frame
    this.version = 0;
    this.observer = new ResizeObserver(() => this.layOut());
    document.addEventListener("scroll", recordScroll, { capture: true, passive: true });
    this.toolbar = new Toolbar(this);
    this.swipe = new SwipeDivider(this);
  }

  // Decode and show what Python sent; a picture that is superseded while it is decoded is dropped.
  async show(data) {
    const version = ++this.version;
    const { picture } = data;
    const same = this.photograph?.picture.id === picture.id;
    const reusable = new Map(same ? this.panels.map((panel) => [panel.source, panel]) : []);
    const decoding = same ? this.photograph : Photograph.read(picture);
    const panels = await Promise.all([null, ...data.panels].map(async (one) => {
      const panel = reusable.get(Panel.source(picture, one));
      const map = panel || !one ? null : await LabelMap.read(one);
      return panel ?? new Panel(new Layer(await decoding, one, map, this), this);
    }));
    const photograph = await decoding;
    if (version !== this.version) return;
    if (!same) {
      this.view = new View(picture.width, picture.height);
      this.point = null;
    }
    this.photograph = photograph;
    if (this.shows(this.pendingViewport)) this.view.assign(this.pendingViewport);
    this.pendingViewport = null;
    this.arrange(panels);
    const models = data.panels.filter((panel) => panel.kind === "model").length;
    Object.assign(this.find(".viewer").dataset, { picture: picture.id, models, panels: data.panels.length });
  }

  // Put the panels on the page; existing ones are kept.
  arrange(panels) {
    this.panels = panels;
    const { picture } = this.photograph;
    const grid = this.find(".panels");
    const elements = panels.map((panel) => panel.element);
    this.find(".viewer").style.setProperty("--ratio", picture.width / picture.height);
    if (elements.length !== grid.children.length || elements.some((element, index) => element !== grid.children[index]))
      grid.replaceChildren(...elements);
    this.swipe.setLayers(panels.map((panel) => panel.layer));
    this.observer.disconnect();
    for (const element of [this.find(".viewer"), ...panels.map((panel) => panel.stage.canvas), this.swipe.stage.canvas])
      this.observer.observe(element);
    this.layOut();
    this.refresh();
  }

  get comparable() {
    return this.panels.length > 1;
  }

  get swiping() {
    return this.comparable && this.settings.layout === "swipe";
  }

  // The current or pending viewport; undefined before the first picture.
  get viewport() {
    if (!this.view) return undefined;
    const { zoom, x, y } = this.view;
    return this.pendingViewport ?? { zoom, x, y, picture: this.photograph.picture.id };
  }

  // Whether a viewport belongs to the current picture.
  shows(viewport) {
    return Boolean(viewport && this.photograph?.picture.id.startsWith(viewport.picture));
  }

  get objectCount() {
    return this.panels.reduce((sum, { layer }) => sum + (layer.data?.objects.length ?? 0), 0);
  }

  // The visible views: the panels, or the swipe stage alone.
  get visible() {
    return this.swiping ? [this.swipe] : this.panels;
  }

  layOut() {
    const grid = this.find(".panels");
    grid.hidden = this.swiping;
    this.swipe.element.hidden = !this.swiping;
    this.font = getComputedStyle(this.find(".viewer")).fontFamily;
    const mostColumns = Math.max(1, Math.floor((this.find(".viewer").clientWidth + GAP) / (NARROWEST_PANEL + GAP)));
    const rows = Math.ceil(this.panels.length / mostColumns);
    grid.style.setProperty("--columns", Math.ceil(this.panels.length / rows));
    for (const { stage } of this.visible) stage.measure();
    const { cssWidth, cssHeight } = this.visible[0].stage;
    if (cssWidth && cssHeight) this.view.clamp(cssWidth, cssHeight);
    this.photograph.clearCopies();
    this.redraw(true);
  }

  redraw(now = false) {
    if (!this.view) return;
    const draw = () => {
      this.frame = 0;
      this.toolbar.update();
      for (const one of this.visible) one.draw();
    };
    if (now) draw();
    else if (!this.frame) this.frame = requestAnimationFrame(draw);
    this.address.scheduleWrite();
  }

  inspect(point, { speak = false } = {}) {
    this.point = point;
    const descriptions = this.visible.map((one) => one.inspect(point)).filter(Boolean);
    if (speak) this.find("[role=status]").textContent = descriptions.join("; ");
    this.redraw();
  }

  zoom(how) {
    if (!this.view) return;
    const { cssWidth, cssHeight } = this.visible[0].stage;
    if (how === "fit") this.view.reset();
    else this.view.zoomAt(how === "in" ? ZOOM_STEP : 1 / ZOOM_STEP, cssWidth / 2, cssHeight / 2, cssWidth, cssHeight);
    this.redraw();
  }

  toggle(space, id) {
    this.settings.toggle(space, id);
    this.changed();
  }

  isolate(space, id) {
    const layers = this.panels.map((panel) => panel.layer).filter((layer) => layer.space === space);
    const ids = layers.flatMap((layer) => layer.data.classes.map((entry) => entry.id));
    this.settings.isolate(space, id, ids);
    this.changed();
  }

  // Apply a link.
  follow({ settings, viewport }) {
    this.settings.assign(settings);
    this.pendingViewport = viewport && !this.shows(viewport) ? viewport : null;
    if (viewport && !this.pendingViewport) this.view.assign(viewport);
    else this.view?.reset();
    if (this.photograph) this.arrange(this.panels);
    this.settings.store();
  }

  // Store and apply changed settings.
  changed() {
    this.settings.store();
    if (this.find(".swipe").hidden === this.swiping) this.layOut();
    this.refresh();
  }

  refresh() {
    for (const one of this.visible) one.refresh();
    this.inspect(this.point);
  }

  close() {
    this.version++;
    this.observer.disconnect();
    this.address.close();
    cancelAnimationFrame(this.frame);
    document.removeEventListener("scroll", recordScroll, { capture: true });
  }
}

const viewers = new WeakMap(); // Streamlit calls again with the same parent when the data or the theme changes

export default function ({ data, parentElement }) {
  let viewer = viewers.get(parentElement);
  if (!viewer) viewers.set(parentElement, (viewer = new Viewer(parentElement)));
  const call = (viewer.calls = (viewer.calls ?? 0) + 1);
  const tell = (failed) => {
    if (viewer.calls === call) parentElement.querySelector(".failed").hidden = !failed;
  };
  viewer.show(data).then(
    () => tell(false),
    (error) => {
      console.error(error);
      tell(true);
    },
  );
  return () => {
    if (viewer.calls !== call) return; // another call came before the first one was cleaned up after
    viewer.close();
    viewers.delete(parentElement);
  };
}
