// A player of label maps: one panel per run, and one slider through the epochs of all runs.

const FRAMES_PER_SECOND = 6;
const players = new WeakMap();

/** Return the index of the last of the ascending `epochs` that is at most `epoch`, or -1. */
function lastUntil(epochs, epoch) {
  let position = -1;
  while (position + 1 < epochs.length && epochs[position + 1] <= epoch) position += 1;
  return position;
}

function createPanel(run) {
  const epochLabel = make("span");
  const image = make("img");
  const legend = make("ul");
  for (const { name, colour } of run.classes) {
    const entry = make("li", { textContent: name });
    entry.style.setProperty("--colour", colour);
    legend.append(entry);
  }
  const empty = make("p", { className: "none", textContent: "This run has no preview of this picture." });
  const content = run.epochs.length ? [image, legend] : [empty];
  const figure = make("figure", {}, make("figcaption", {}, make("strong", { textContent: run.name }), epochLabel), ...content);
  return {
    figure,
    show(epoch, picture) {
      if (!run.epochs.length) return;
      const position = Math.max(0, lastUntil(run.epochs, epoch));
      image.src = run.images[position];
      image.alt = `${picture}, as predicted by ${run.name} after epoch ${run.epochs[position]}`;
      epochLabel.textContent = `epoch ${run.epochs[position]}`;
    },
  };
}

class PreviewPlayer {
  constructor(root) {
    this.slider = root.querySelector("input");
    this.output = root.querySelector("output");
    this.play = root.querySelector(".play");
    this.panelRow = root.querySelector(".panels");
    this.epochs = [];
    this.slider.addEventListener("input", () => {
      this.stop();
      this.show();
    });
    this.play.addEventListener("click", () => (this.timer ? this.stop() : this.start()));
    this.stop();
  }

  /** Replace the data; stay at the epoch shown, or at the latest if the latest was shown. */
  update({ picture, runs }) {
    const shown = this.epochs[this.slider.value];
    const atLatest = this.slider.value === this.slider.max;
    this.picture = picture;
    this.epochs = [...new Set(runs.flatMap((run) => run.epochs))].sort((a, b) => a - b);
    this.panels = runs.map(createPanel);
    this.panelRow.replaceChildren(...this.panels.map(({ figure }) => figure));
    this.slider.max = Math.max(0, this.epochs.length - 1);
    this.slider.value = atLatest ? this.slider.max : Math.max(0, lastUntil(this.epochs, shown));
    this.slider.disabled = this.play.disabled = this.epochs.length < 2;
    this.show();
  }

  show() {
    const epoch = this.epochs[this.slider.value];
    const last = this.epochs.at(-1);
    this.output.textContent = last === undefined ? "" : `${epoch} of ${last}`;
    this.slider.setAttribute("aria-valuetext", `epoch ${epoch} of ${last}`);
    for (const panel of this.panels) panel.show(epoch, this.picture);
  }

  start() {
    if (this.slider.value === this.slider.max) this.slider.value = 0;
    this.play.textContent = "❚❚ Pause";
    this.timer = setInterval(() => {
      this.slider.value = Number(this.slider.value) + 1;
      this.show();
      if (this.slider.value === this.slider.max) this.stop();
    }, 1000 / FRAMES_PER_SECOND);
    this.show();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.play.textContent = "▶ Play";
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".preview-player");
  if (!players.has(root)) players.set(root, new PreviewPlayer(root));
  players.get(root).update(component.data);
  return () => players.get(root)?.stop();
}
