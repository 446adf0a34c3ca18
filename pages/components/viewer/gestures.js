// Pointer, wheel and keyboard on one panel. They only report to the viewer, which moves all panels.

const KEY_ZOOM = 1.25;
const KEY_STEP = 0.04; // of what the panel shows
const SCROLLING_MS = 300;

let lastScroll = -Infinity;
const noticeScroll = () => (lastScroll = performance.now());

function attachGestures(canvas, viewer) {
  const pointers = new Map(); // pressed: id -> position in the panel
  let before = null; // the point that was read when the first of them came
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
    if (pointers.size > 1) return;
    before = viewer.point;
    viewer.inspect(pointUnder(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    if (last) {
      const now = place(event);
      const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, position]) => position);
      if (others.length === 1) pinch(viewer.view, last, now, others[0], size());
      else if (!others.length) viewer.view.move(now.left - last.left, now.top - last.top, ...size());
      pointers.set(event.pointerId, now);
      viewer.redraw();
    }
    if (pointers.size < 2) viewer.inspect(pointUnder(event));
  });
  canvas.addEventListener("pointerup", (event) => pointers.delete(event.pointerId));
  canvas.addEventListener("pointercancel", (event) => {
    pointers.delete(event.pointerId);
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

function pinch(view, before, now, other, size) {
  const distance = (position) => Math.hypot(position.left - other.left, position.top - other.top);
  const [left, top] = [(now.left + other.left) / 2, (now.top + other.top) / 2];
  view.move((now.left - before.left) / 2, (now.top - before.top) / 2, ...size);
  if (distance(before) > 0) view.zoomAt(distance(now) / distance(before), left, top, ...size);
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
