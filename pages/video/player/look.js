// How the masks are shown: mode, opacity, hidden classes and the swipe divider, which all panels share.

const LOOK = { mode: "overlay", opacity: 55, swipe: false, divider: 0.5 };
const DIVIDER_STEPS = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1 };

class Look {
  constructor(section) {
    this.section = section;
    this.settings = new Settings(undefined, "segdeck-video", LOOK);
    this.panels = [];
    this.point = null;
    const set = (name) => (event) => this.set(name, event.target);
    for (const input of section.querySelectorAll(".look input")) input.addEventListener("input", set(input.name || "opacity"));
    this.apply();
  }

  set(name, { type, value, checked }) {
    this.settings[name] = { checkbox: checked, range: Number(value) }[type] ?? value;
    this.changed();
  }

  changed() {
    this.settings.store();
    this.apply();
    for (const panel of this.panels) {
      panel.legend.refresh();
      panel.paint();
    }
  }

  // Opacity and divider are styles, so that changing them paints nothing.
  apply() {
    const { mode, opacity, swipe, divider } = this.settings;
    const find = (selector) => this.section.querySelector(`.look ${selector}`);
    for (const input of this.section.querySelectorAll(".look [name=mode]")) input.checked = input.value === mode;
    find("[name=swipe]").checked = swipe;
    find("[type=range]").value = opacity;
    find("[type=range]").disabled = mode !== "overlay";
    setText(find(".opacity output"), `${opacity} %`);
    this.section.dataset.mode = mode;
    this.section.classList.toggle("swiping", swipe);
    this.section.style.setProperty("--opacity", mode === "overlay" ? opacity / 100 : 1);
    this.section.style.setProperty("--divider", swipe ? divider : 0);
    for (const slider of this.section.querySelectorAll(".divider")) this.tellDivider(slider);
  }

  toggle(space, id) {
    this.settings.toggle(space, id);
    this.changed();
  }

  isolate(space, id) {
    const classes = this.panels.filter((panel) => panel.model.space === space).flatMap((panel) => panel.data.classes);
    this.settings.isolate(space, id, classes.map((entry) => entry.id));
    this.changed();
  }

  // Follow the pointer over a panel: every panel names the class there.
  attach(stage) {
    const inspect = (event) => {
      const box = stage.getBoundingClientRect();
      const point = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
      this.inspect(point.x >= 0 && point.x < 1 && point.y >= 0 && point.y < 1 ? point : null);
    };
    stage.addEventListener("pointerdown", inspect);
    stage.addEventListener("pointermove", inspect);
    stage.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.inspect(null));
  }

  inspect(point) {
    this.point = point;
    for (const panel of this.panels) panel.inspect();
  }

  // A divider for one panel; all move together.
  divider() {
    const divider = make("div", { className: "divider", tabIndex: 0 }, make("span", { className: "knob" }));
    divider.setAttribute("role", "slider");
    divider.setAttribute("aria-label", "Divider between the video and the mask");
    divider.setAttribute("aria-valuemin", 0);
    divider.setAttribute("aria-valuemax", 100);
    divider.addEventListener("pointerdown", (event) => event.button <= 0 && divider.setPointerCapture(event.pointerId));
    divider.addEventListener("pointermove", (event) => {
      if (!divider.hasPointerCapture(event.pointerId)) return;
      const box = divider.parentElement.getBoundingClientRect();
      this.move((event.clientX - box.left) / box.width);
    });
    divider.addEventListener("keydown", (event) => {
      const ends = { Home: 0, End: 1 };
      if (event.key in DIVIDER_STEPS) this.move(this.settings.divider + DIVIDER_STEPS[event.key]);
      else if (event.key in ends) this.move(ends[event.key]);
      else return;
      event.preventDefault();
    });
    this.tellDivider(divider);
    return divider;
  }

  tellDivider(divider) {
    divider.setAttribute("aria-valuenow", Math.round(100 * this.settings.divider));
  }

  move(divider) {
    this.settings.divider = Math.min(Math.max(divider, 0), 1);
    this.settings.store();
    this.apply();
  }
}
