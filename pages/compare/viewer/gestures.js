// Pointer, wheel and keyboard input on one panel; the viewer applies it to all panels.

const ZOOM_STEP = 1.25;
const KEY_STEP = 0.04; // fraction of the visible part
const SCROLLING_MS = 300;

let lastScroll = -Infinity;
const recordScroll = () => (lastScroll = performance.now());

function attachGestures(canvas, viewer) {
  const pointers = new Map(); // pressed pointers: id -> position in the panel
  let pointBefore = null; // the inspected point before the first press
  let pinch = null;
  const position = (event) => {
    const box = canvas.getBoundingClientRect();
    return { left: event.clientX - box.left, top: event.clientY - box.top };
  };
  const size = () => [canvas.clientWidth, canvas.clientHeight];
  const pointUnder = (event) => {
    const { left, top } = position(event);
    return viewer.view.pointAt(left, top, ...size());
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, position(event));
    pinch = pointers.size === 2 ? new Pinch(viewer.view, pointers, size()) : null;
    if (pointers.size > 1) return;
    pointBefore = viewer.point;
    viewer.inspect(pointUnder(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    if (last) {
      const now = position(event);
      pointers.set(event.pointerId, now);
      if (pinch) pinch.follow(viewer.view, pointers, size());
      else if (pointers.size === 1) viewer.view.move(now.left - last.left, now.top - last.top, ...size());
      viewer.redraw();
    }
    if (pointers.size < 2) viewer.inspect(pointUnder(event));
  });
  const release = (event) => {
    pointers.delete(event.pointerId);
    pinch = pointers.size === 2 ? new Pinch(viewer.view, pointers, size()) : null;
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", (event) => {
    release(event);
    viewer.inspect(pointBefore); // the finger scrolls the page instead
  });
  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") viewer.inspect(null);
  });
  canvas.addEventListener("dblclick", (event) => {
    const { left, top } = position(event);
    viewer.view.zoomAt(2, left, top, ...size());
    viewer.redraw();
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) {
        // Scrolling the page past a panel must not zoom it.
        const leaving = viewer.view.zoom === 1 && event.deltaY > 0;
        if (leaving || performance.now() - lastScroll < SCROLLING_MS) return;
      }
      event.preventDefault();
      const { left, top } = position(event);
      const lines = event.deltaMode === 1 ? 16 : 1;
      viewer.view.zoomAt(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), left, top, ...size());
      viewer.redraw();
      viewer.inspect(pointUnder(event));
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (handleKey(event.key, viewer, size())) event.preventDefault();
  });
  canvas.addEventListener("focus", () => {
    if (canvas.matches(":focus-visible")) viewer.inspect({ x: viewer.view.x, y: viewer.view.y }, { speak: true });
  });
  canvas.addEventListener("blur", () => viewer.inspect(null));
}

// Two fingers keep the point of the picture that was between them at the start; their distance sets the zoom. Computed
// from the start, because accumulated steps would drift wherever the view is clamped.
class Pinch {
  constructor(view, pointers, size) {
    const { left, top, distance } = Pinch.between(pointers);
    this.point = view.positionAt(left, top, ...size);
    this.zoom = view.zoom / distance;
  }

  static between(pointers) {
    const [one, other] = [...pointers.values()];
    const distance = Math.max(1, Math.hypot(one.left - other.left, one.top - other.top));
    return { left: (one.left + other.left) / 2, top: (one.top + other.top) / 2, distance };
  }

  follow(view, pointers, size) {
    const { left, top, distance } = Pinch.between(pointers);
    view.place(this.point, this.zoom * distance, left, top, ...size);
  }
}

// Handle a key and return whether it is one of the viewer's.
function handleKey(key, viewer, size) {
  const { view } = viewer;
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (key in steps) {
    const from = viewer.point ?? { x: view.x, y: view.y };
    const shown = view.rectangle(...size);
    const step = (direction, panel, picture) => (direction * KEY_STEP * Math.min(panel, picture)) / picture;
    const inside = (value) => Math.min(Math.max(value, 0), 0.9999);
    const point = {
      x: inside(from.x + step(steps[key][0], size[0], shown.width)),
      y: inside(from.y + step(steps[key][1], size[1], shown.height)),
    };
    view.centreOn(point, ...size);
    viewer.inspect(point, { speak: true });
  } else if (key === "+" || key === "=") viewer.zoom("in");
  else if (key === "-" || key === "_") viewer.zoom("out");
  else if (key === "0") viewer.zoom("fit");
  else if (key === "Escape") viewer.inspect(null);
  else return false;
  viewer.redraw();
  return true;
}
