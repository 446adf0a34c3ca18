// The controls above the panels.

class Toolbar {
  constructor(viewer) {
    this.viewer = viewer;
    this.element = viewer.find(".toolbar");
    this.find = (selector) => this.element.querySelector(selector);
    this.state = "";
    this.radios = this.element.querySelectorAll("[type=radio]"); // mode and layout
    for (const input of this.radios) input.addEventListener("change", () => this.set(input.name, input.value));
    this.find("[type=range]").addEventListener("input", (event) => this.set("opacity", Number(event.target.value)));
    this.find("[name=boxes]").addEventListener("change", (event) => this.set("boxes", event.target.checked));
    for (const button of this.element.querySelectorAll("[data-zoom]"))
      button.addEventListener("click", () => viewer.zoom(button.dataset.zoom));
    this.find(".ramp").style.background = CIVIDIS_RAMP;
    this.attachFullScreen();
  }

  set(name, value) {
    this.viewer.settings[name] = value;
    this.viewer.changed();
  }

  attachFullScreen() {
    const button = this.find(".full");
    const section = this.viewer.find(".viewer");
    button.hidden = !document.fullscreenEnabled; // not on an iPhone
    button.addEventListener("click", () => {
      if (section.matches(":fullscreen")) document.exitFullscreen();
      else section.requestFullscreen();
    });
    section.addEventListener("fullscreenchange", () => {
      button.title = section.matches(":fullscreen") ? "Leave full screen" : "Full screen";
      button.setAttribute("aria-label", button.title);
    });
  }

  // Update the controls if the settings have changed.
  update() {
    const { settings, view, objectCount, comparable } = this.viewer;
    const { mode, layout, opacity, boxes } = settings;
    const state = [mode, layout, opacity, boxes, view.zoom, objectCount, comparable].join();
    if (state === this.state) return;
    this.state = state;
    const chosen = { mode, layout: comparable ? layout : "grid" };
    for (const input of this.radios) {
      input.checked = input.value === chosen[input.name];
      input.disabled = input.name === "layout" && !comparable;
    }
    const slider = this.find("[type=range]");
    slider.value = opacity;
    slider.disabled = mode !== "overlay";
    setText(this.find(".opacity output"), `${opacity} %`);
    this.find(".tone").classList.toggle("confidence", mode === "confidence");
    this.updateBoxes(boxes, objectCount);
    setText(this.find(".zoom output"), `${Math.round(100 * view.zoom)} %`);
    this.find("[data-zoom=out]").disabled = this.find("[data-zoom=fit]").disabled = view.zoom === 1;
    this.find("[data-zoom=in]").disabled = view.zoom === LARGEST_ZOOM;
    this.viewer.find(".viewer").classList.toggle("zoomed", view.zoom > 1);
  }

  updateBoxes(on, objectCount) {
    const input = this.find("[name=boxes]");
    input.checked = on;
    input.disabled = !objectCount;
    input.parentElement.title = objectCount ? `${on ? "Hide" : "Show"} the objects' boxes` : "No objects were found here";
  }
}
