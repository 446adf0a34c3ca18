// A canvas with a marker at the inspected point.

class Stage {
  constructor(viewer) {
    this.viewer = viewer;
    this.canvas = make("canvas", { tabIndex: 0 });
    this.canvas.setAttribute("role", "img");
    this.marker = make("span", { className: "mark", hidden: true });
    this.element = make("div", { className: "stage" }, this.canvas, this.marker);
    attachGestures(this.canvas, viewer);
  }

  // Take the size from the layout.
  measure() {
    this.ratio = window.devicePixelRatio || 1;
    this.cssWidth = this.canvas.clientWidth;
    this.cssHeight = this.canvas.clientHeight;
    this.width = Math.max(1, Math.round(this.cssWidth * this.ratio)); // device pixels
    this.height = Math.max(1, Math.round(this.cssHeight * this.ratio));
  }

  // The marker is an element of its own, so that pointing does not redraw the canvas.
  updateMarker() {
    const { point, view } = this.viewer;
    this.marker.hidden = !point;
    if (!point) return;
    const shown = view.rectangle(this.cssWidth, this.cssHeight);
    const [x, y] = [shown.left + point.x * shown.width, shown.top + point.y * shown.height];
    this.marker.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
  }
}
