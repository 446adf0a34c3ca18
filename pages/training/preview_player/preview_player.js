// A film of label maps: one panel per run, one slider through the epochs of all of them.

const FRAMES_PER_SECOND = 6;
const films = new WeakMap();

/** Return the position of the last of the ascending `epochs` that is not after `epoch`, or -1. */
function lastUntil(epochs, epoch) {
  let position = -1;
  while (position + 1 < epochs.length && epochs[position + 1] <= epoch) position += 1;
  return position;
}

function panel(run) {
  const when = make("span");
  const image = make("img");
  const legend = make("ul");
  for (const { name, colour } of run.classes) {
    const entry = make("li", { textContent: name });
    entry.style.setProperty("--colour", colour);
    legend.append(entry);
  }
  const none = make("p", { className: "none", textContent: "This run has no preview of this picture." });
  const content = run.epochs.length ? [image, legend] : [none];
  const figure = make("figure", {}, make("figcaption", {}, make("strong", { textContent: run.name }), when), ...content);
  return {
    figure,
    show(epoch, picture) {
      if (!run.epochs.length) return;
      const position = Math.max(0, lastUntil(run.epochs, epoch));
      image.src = run.images[position];
      image.alt = `${picture}, as ${run.name} sees it after epoch ${run.epochs[position]}`;
      when.textContent = `epoch ${run.epochs[position]}`;
    },
  };
}

class Film {
  constructor(root) {
    this.slider = root.querySelector("input");
    this.output = root.querySelector("output");
    this.play = root.querySelector(".play");
    this.place = root.querySelector(".panels");
    this.epochs = [];
    this.slider.addEventListener("input", () => {
      this.stop();
      this.show();
    });
    this.play.addEventListener("click", () => (this.timer ? this.stop() : this.start()));
    this.stop();
  }

  /** Take new data; one who was at the latest epoch stays at the latest, any other where they were. */
  update({ picture, runs }) {
    const shown = this.epochs[this.slider.value];
    const follows = this.slider.value === this.slider.max;
    this.picture = picture;
    this.epochs = [...new Set(runs.flatMap((run) => run.epochs))].sort((a, b) => a - b);
    this.panels = runs.map(panel);
    this.place.replaceChildren(...this.panels.map(({ figure }) => figure));
    this.slider.max = Math.max(0, this.epochs.length - 1);
    this.slider.value = follows ? this.slider.max : Math.max(0, lastUntil(this.epochs, shown));
    this.slider.disabled = this.play.disabled = this.epochs.length < 2;
    this.show();
  }

  show() {
    const epoch = this.epochs[this.slider.value];
    const last = this.epochs.at(-1);
    this.output.textContent = last === undefined ? "" : `${epoch} of ${last}`;
    this.slider.setAttribute("aria-valuetext", `epoch ${epoch} of ${last}`);
    for (const one of this.panels) one.show(epoch, this.picture);
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
  const root = component.parentElement.querySelector(".film");
  if (!films.has(root)) films.set(root, new Film(root));
  films.get(root).update(component.data);
  return () => films.get(root)?.stop();
}
