// Plays the preview masks of every epoch: one panel per run, one slider through the epochs of all runs.

const FRAMES_PER_SECOND = 6;
const players = new WeakMap();

// The index of the last of the ascending `epochs` at or before `epoch`; 0 if there is none.
function epochIndex(epochs, epoch) {
  return Math.max(0, epochs.findLastIndex((other) => other <= epoch));
}

function createPanel(run) {
  const epochLabel = make("span");
  const image = make("img");
  const entries = run.classes.map(({ name, colour }) => make("li", { style: `--colour: ${colour}` }, name));
  const legend = make("ul", {}, ...entries);
  const missing = make("p", { className: "none" }, "This run has no preview of this picture.");
  const caption = make("figcaption", {}, make("strong", {}, run.name), epochLabel);
  const figure = make("figure", {}, caption, ...(run.epochs.length ? [image, legend] : [missing]));
  return {
    figure,
    show(epoch, picture) {
      if (!run.epochs.length) return;
      const index = epochIndex(run.epochs, epoch);
      image.src = run.images[index];
      image.alt = `${picture}, as ${run.name} sees it after epoch ${run.epochs[index]}`;
      epochLabel.textContent = `epoch ${run.epochs[index]}`;
    },
  };
}

class PreviewPlayer {
  constructor(root) {
    this.slider = root.querySelector("input");
    this.output = root.querySelector("output");
    this.playButton = root.querySelector(".play");
    this.container = root.querySelector(".panels");
    this.epochs = [];
    this.slider.addEventListener("input", () => {
      this.stop();
      this.show();
    });
    this.playButton.addEventListener("click", () => (this.timer ? this.stop() : this.start()));
    this.stop();
  }

  // Show new data. A slider at the latest epoch moves on to the new latest one; any other position stays.
  update({ picture, runs }) {
    const shown = this.epochs[this.slider.value];
    const atLatest = this.slider.value === this.slider.max;
    this.picture = picture;
    this.epochs = [...new Set(runs.flatMap((run) => run.epochs))].sort((a, b) => a - b);
    this.panels = runs.map(createPanel);
    this.container.replaceChildren(...this.panels.map(({ figure }) => figure));
    this.slider.max = Math.max(0, this.epochs.length - 1);
    this.slider.value = atLatest ? this.slider.max : epochIndex(this.epochs, shown);
    this.slider.disabled = this.playButton.disabled = this.epochs.length < 2;
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
    this.playButton.textContent = "❚❚ Pause";
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
    this.playButton.textContent = "▶ Play";
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".preview-player");
  if (!players.has(root)) players.set(root, new PreviewPlayer(root));
  players.get(root).update(component.data);
  return () => players.get(root).stop();
}
