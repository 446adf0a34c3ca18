// Pointer, wheel and keyboard on one panel. They only report to the viewer, which moves all panels.

const KEY_ZOOM = 1.25;
const KEY_STEP = 0.04; // of what the panel shows
const SCROLLING_MS = 300;

let lastScroll = -Infinity;
const noticeScroll = () => (lastScroll = performance.now());

function attachGestures(canvas, viewer) {
  const pointers = new Map(); // pressed: id -> position in the panel
  let before = null; // the point that was read when the first of them came
  let pinch = null; // what two fingers hold
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return { left: event.clientX - box.left, top: event.clientY - box.top };
  };
  const size = () => [canvas.clientWidth, canvas.clientHeight];
  const pointUnder = (event) => {
    const { left, top } = place(event);
    return viewer.view.pointAt(left, top, ...size());
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    pinch = pointers.size === 2 ? new Pinch(viewer.view, pointers, size()) : null;
    if (pointers.size > 1) return;
    before = viewer.point;
    viewer.inspect(pointUnder(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    if (last) {
      const now = place(event);
      pointers.set(event.pointerId, now);
      if (pinch) pinch.follow(viewer.view, pointers, size());
      else if (pointers.size === 1) viewer.view.move(now.left - last.left, now.top - last.top, ...size());
      viewer.redraw();
    }
    if (pointers.size < 2) viewer.inspect(pointUnder(event));
  });
  const lift = (event) => {
    pointers.delete(event.pointerId);
    pinch = pointers.size === 2 ? new Pinch(viewer.view, pointers, size()) : null;
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", (event) => {
    lift(event);
    viewer.inspect(before); // the finger only scrolls the page
  });
  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") viewer.inspect(null);
  });
  canvas.addEventListener("dblclick", (event) => {
    const { left, top } = place(event);
    viewer.view.zoomAt(2, left, top, ...size());
    viewer.redraw();
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) {
        // A reader who scrolls the page past the panels must not get caught in them.
        const leaving = viewer.view.zoom === 1 && event.deltaY > 0;
        if (leaving || performance.now() - lastScroll < SCROLLING_MS) return;
      }
      event.preventDefault();
      const { left, top } = place(event);
      const lines = event.deltaMode === 1 ? 16 : 1;
      viewer.view.zoomAt(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), left, top, ...size());
      viewer.redraw();
      viewer.inspect(pointUnder(event));
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (pressKey(event.key, viewer, size())) event.preventDefault();
  });
  canvas.addEventListener("focus", () => {
    if (canvas.matches(":focus-visible")) viewer.inspect({ x: viewer.view.x, y: viewer.view.y }, { speak: true });
  });
  canvas.addEventListener("blur", () => viewer.inspect(null));
}

// Two fingers hold the point of the picture that lies between them when the second one comes down, and what they are
// apart is the zoom. The fingers move one after the other, so steps that add up would drift where the view is held back.
class Pinch {
  constructor(view, pointers, size) {
    const { left, top, apart } = Pinch.between(pointers);
    this.point = view.placeAt(left, top, ...size);
    this.zoom = view.zoom / apart;
  }

  static between(pointers) {
    const [one, other] = [...pointers.values()];
    const apart = Math.max(1, Math.hypot(one.left - other.left, one.top - other.top));
    return { left: (one.left + other.left) / 2, top: (one.top + other.top) / 2, apart };
  }

  follow(view, pointers, size) {
    const { left, top, apart } = Pinch.between(pointers);
    view.put(this.point, this.zoom * apart, left, top, ...size);
  }
}

// Returns whether the key meant something here.
function pressKey(key, viewer, size) {
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
