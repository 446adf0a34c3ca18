// The viewer: all panels of one picture, moving in step. Everything here happens in the browser, without a rerun.

const NARROWEST_PANEL = 300;
const GAP = 16;

class Viewer {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    const asked = arrive();
    this.settings = new Settings(asked?.settings);
    this.awaited = asked?.seen; // what a link shows of a picture that is still to come
    this.address = new Address(this);
    this.panels = [];
    this.point = null;
    this.pending = 0;
    this.version = 0;
    this.observer = new ResizeObserver(() => this.layOut());
    document.addEventListener("scroll", noticeScroll, { capture: true, passive: true });
    this.toolbar = new Toolbar(this);
    this.swipe = new Swipe(this);
  }

  // Read what Python sent and show it; a picture still being read when the next one arrives is dropped.
  async show(data) {
    const version = ++this.version;
    const { picture } = data;
    const same = this.photograph?.picture.id === picture.id;
    const held = new Map(same ? this.panels.map((panel) => [panel.source, panel]) : []);
    const reading = same ? this.photograph : Photograph.read(picture);
    const panels = await Promise.all([null, ...data.panels].map(async (one) => {
      const panel = held.get(Panel.source(picture, one));
      const map = panel || !one ? null : await LabelMap.read(one);
      return panel ?? new Panel(new Layer(await reading, one, map, this), this);
    }));
    const photograph = await reading;
    if (version !== this.version) return;
    if (!same) {
      this.view = new View(picture.width, picture.height);
      this.point = null;
    }
    this.photograph = photograph;
    if (this.shows(this.awaited)) this.view.take(this.awaited);
    this.awaited = null;
    this.place(panels);
    const models = data.panels.filter((panel) => panel.kind === "model").length;
    Object.assign(this.find(".viewer").dataset, { picture: picture.id, models, panels: data.panels.length });
  }

  // Put the panels on the page; those that are there already stay as they are.
  place(panels) {
    this.panels = panels;
    const { picture } = this.photograph;
    const grid = this.find(".panels");
    const elements = panels.map((panel) => panel.element);
    this.find(".viewer").style.setProperty("--ratio", picture.width / picture.height);
    if (elements.length !== grid.children.length || elements.some((element, index) => element !== grid.children[index]))
      grid.replaceChildren(...elements);
    this.swipe.offer(panels.map((panel) => panel.layer));
    this.observer.disconnect();
    for (const element of [this.find(".viewer"), ...panels.map((panel) => panel.stage.canvas), this.swipe.stage.canvas])
      this.observer.observe(element);
    this.layOut();
    this.refresh();
  }

  // Whether there are two things to compare.
  get comparable() {
    return this.panels.length > 1;
  }

  get swiping() {
    return this.comparable && this.settings.layout === "swipe";
  }

  // What is seen of which picture, or what will be; undefined before the first picture.
  get seen() {
    if (!this.view) return undefined;
    const { zoom, x, y } = this.view;
    return this.awaited ?? { zoom, x, y, picture: this.photograph.picture.id };
  }

  // Whether a link's view is one of the picture that is here.
  shows(seen) {
    return Boolean(seen) && Boolean(this.photograph?.picture.id.startsWith(seen.picture));
  }

  // How many objects have boxes.
  get things() {
    return this.panels.reduce((sum, { layer }) => sum + (layer.data?.objects.length ?? 0), 0);
  }

  // What is on the screen: the panels, or the two sides on one stage.
  get shown() {
    return this.swiping ? [this.swipe] : this.panels;
  }

  layOut() {
    const grid = this.find(".panels");
    grid.hidden = this.swiping;
    this.swipe.element.hidden = !this.swiping;
    this.font = getComputedStyle(this.find(".viewer")).fontFamily;
    const most = Math.max(1, Math.floor((this.find(".viewer").clientWidth + GAP) / (NARROWEST_PANEL + GAP)));
    const rows = Math.ceil(this.panels.length / most);
    grid.style.setProperty("--columns", Math.ceil(this.panels.length / rows));
    for (const { stage } of this.shown) stage.measure();
    const { wide, high } = this.shown[0].stage;
    if (wide && high) this.view.clamp(wide, high);
    this.photograph.forget();
    this.redraw(true);
  }

  redraw(now = false) {
    if (!this.view) return;
    const draw = () => {
      this.pending = 0;
      this.toolbar.update();
      for (const one of this.shown) one.draw();
    };
    if (now) draw();
    else if (!this.pending) this.pending = requestAnimationFrame(draw);
    this.address.keep();
  }

  inspect(point, { speak = false } = {}) {
    this.point = point;
    const words = this.shown.map((one) => one.read(point)).filter(Boolean);
    if (speak) this.find("[role=status]").textContent = words.join("; ");
    this.redraw();
  }

  zoom(how) {
    if (!this.view) return;
    const { wide, high } = this.shown[0].stage;
    if (how === "fit") this.view.reset();
    else this.view.zoomAt(how === "in" ? KEY_ZOOM : 1 / KEY_ZOOM, wide / 2, high / 2, wide, high);
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

  // Do what another address says.
  follow({ settings, seen }) {
    this.settings.take(settings);
    this.awaited = seen && !this.shows(seen) ? seen : null;
    if (seen && !this.awaited) this.view.take(seen);
    else this.view?.reset();
    if (this.photograph) this.place(this.panels);
    this.settings.store();
  }

  // Keep the settings and show what they say.
  changed() {
    this.settings.store();
    if (this.find(".swipe").hidden === this.swiping) this.layOut();
    this.refresh();
  }

  refresh() {
    for (const one of this.shown) one.refresh();
    this.inspect(this.point);
  }

  close() {
    this.version++;
    this.observer.disconnect();
    this.address.close();
    cancelAnimationFrame(this.pending);
    document.removeEventListener("scroll", noticeScroll, { capture: true });
  }
}

const viewers = new WeakMap(); // Streamlit calls again with the same parent whenever the data or the theme changes

export default function ({ data, parentElement }) {
  let viewer = viewers.get(parentElement);
  if (!viewer) viewers.set(parentElement, (viewer = new Viewer(parentElement)));
  viewer.show(data).catch((error) => {
    console.error(error);
    parentElement.querySelector(".failed").hidden = false;
  });
  return () => {
    viewer.close();
    viewers.delete(parentElement);
  };
}
