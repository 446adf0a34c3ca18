// The player: a camera or a video file, whose frames go to the server, and a panel for each model.

const NARROWEST_PANEL = 300;
const GAP = 16;

class Player {
  constructor(root) {
    this.section = root.querySelector(".player");
    this.find = (selector) => this.section.querySelector(selector);
    this.look = new Look(this.section);
    this.video = make("video", { muted: true, playsInline: true });
    this.sourceMeta = make("span", { className: "meta" });
    this.sourceName = make("strong", {}, "Camera");
    const caption = make("figcaption", {}, this.sourceName, this.sourceMeta);
    this.original = make("figure", { className: "panel original" }, caption, make("div", { className: "stage" }, this.video), make("div"));
    this.panels = new Map(); // by the model's name
    this.observer = new ResizeObserver(() => this.layOut());
    this.observer.observe(this.section);
    this.find(".start").onclick = () => this.startCamera();
    this.find(".stop").onclick = () => this.stop();
    this.find("[type=file]").onchange = ({ target }) => target.files.length && this.startClip(target.files[0]);
    for (const input of this.section.querySelectorAll("[name=source]")) input.onchange = () => this.chooseSource(input.value);
    for (const input of this.section.querySelectorAll("[name=facing]")) input.onchange = () => this.chooseSide();
    this.video.onresize = () => this.measure();
    this.chooseSource("camera");
    this.offerSides();
  }

  // Take over what Python sent; models that are chosen already keep their panels.
  update(data) {
    this.data = data;
    const before = this.panels;
    const kept = ({ name, space }) => before.get(name)?.model.space === space && before.get(name);
    this.panels = new Map(data.models.map((model) => [model.name, kept(model) || new VideoPanel(model, this.look)]));
    this.look.panels = [...this.panels.values()];
    this.arrange([this.original, ...this.look.panels.map((panel) => panel.element)]);
    if (this.connection) this.connection.address = data.address;
    this.stream?.choose(data.models);
    this.layOut();
  }

  // Put the panels on the page; the first one stays where it is, so that its video goes on.
  arrange(elements) {
    const grid = this.find(".panels");
    for (const element of [...grid.children]) if (!elements.includes(element)) element.remove();
    elements.forEach((element, index) => {
      if (grid.children[index] !== element) grid.insertBefore(element, grid.children[index] ?? null);
    });
  }

  layOut() {
    const count = this.panels.size + 1;
    const most = Math.max(1, Math.floor((this.section.clientWidth + GAP) / (NARROWEST_PANEL + GAP)));
    this.find(".panels").style.setProperty("--columns", Math.ceil(count / Math.ceil(count / most)));
  }

  measure() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width) return;
    this.section.style.setProperty("--ratio", width / height);
    setText(this.sourceMeta, `${width} × ${height} pixels`);
  }

  chooseSource(name) {
    this.stop();
    this.kind = name;
    this.showSides();
    this.find(".start").hidden = name !== "camera";
    this.find(".file").hidden = name !== "clip";
    setText(this.sourceName, name === "camera" ? "Camera" : "Video");
    setText(this.find(".hint"), name === "camera" ? "" : "It stays in your browser; only the frames that you see are sent.");
  }

  // A phone has two cameras; elsewhere the choice would do nothing.
  async offerSides() {
    const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    const cameras = devices.filter(({ kind }) => kind === "videoinput").length;
    this.severalCameras = cameras > 1 || (cameras === 1 && matchMedia("(pointer: coarse)").matches);
    this.showSides();
  }

  showSides() {
    this.find(".facing").hidden = this.kind !== "camera" || !this.severalCameras;
  }

  // Turn to the other camera while one is on; never begin with one.
  chooseSide() {
    if (this.kind === "camera" && this.source) this.startCamera();
  }

  async startCamera() {
    const camera = new Camera(this.video);
    const facing = this.find("[name=facing]:checked").value;
    const ended = () => this.fail("The camera was disconnected.");
    await this.start(camera, () => camera.open(facing, ended));
    this.offerSides();
  }

  async startClip(file) {
    const clip = new Clip(this.video, this.find(".transport"));
    const failed = (sentence) => this.fail(sentence);
    await this.start(clip, () => clip.open(file, () => this.stream?.demand(), failed));
    this.find("[type=file]").value = ""; // so that the same file can be chosen again
    if (this.source === clip) setText(this.sourceName, file.name);
  }

  // Open a source and send its frames; say why if it cannot be opened.
  async start(source, open) {
    this.stop();
    this.source = source;
    this.state = "starting";
    this.find(".stop").hidden = false;
    this.find(".start").hidden = true;
    try {
      await open();
    } catch (error) {
      if (this.source === source) this.fail(error instanceof Refusal ? error.message : `The video cannot be used (${error.message}).`);
      return;
    }
    if (this.source !== source) return; // stopped meanwhile
    this.measure();
    this.connection = new Connection(this.data.address, this);
    this.stream = new Stream(source, this.connection, this.data, (frame, answer) => this.show(frame, answer));
    this.stream.choose(this.data.models);
    this.state = "live";
  }

  set state(state) {
    this.section.dataset.state = state;
  }

  stop() {
    this.stream?.close();
    this.connection?.close();
    this.source?.close();
    this.stream = this.connection = this.source = null;
    for (const panel of this.panels.values()) panel.reset();
    setText(this.sourceMeta, "");
    this.find(".stop").hidden = true;
    this.find(".start").hidden = this.kind !== "camera";
    this.find(".problem").hidden = true;
    this.state = "idle";
  }

  fail(sentence) {
    this.stop();
    this.complain(sentence);
    this.state = "failed";
  }

  complain(sentence) {
    this.find(".problem").hidden = !sentence;
    setText(this.find(".problem"), sentence);
  }

  // Draw an answer in all panels.
  show(frame, answer) {
    this.complain("");
    for (const model of answer.models) {
      const panel = this.panels.get(model.name);
      if (!panel) continue; // not chosen any more
      if (model.error) panel.tell(model.error);
      else if (model.loading) panel.tell(`${model.name} is being loaded …`);
      else panel.show(frame, model);
    }
    const now = performance.now();
    const delay = now - frame.captured;
    for (const model of answer.models) if (model.labels) this.panels.get(model.name)?.count(now, delay, model, frame.exact);
    const models = answer.models.reduce((sum, { time }) => sum + (time ?? 0), 0);
    const detail = { id: answer.id, now, delay, exact: frame.exact, total: answer.total, models };
    this.section.dispatchEvent(new CustomEvent("answer", { detail, bubbles: true, composed: true }));
    this.section.dataset.answered = answer.id;
  }

  // What the connection reports.

  arrived() {
    this.stream?.arrived();
  }

  answered(header) {
    this.stream?.answered(header);
  }

  failed(sentence) {
    this.complain(sentence);
    this.stream?.answered(null);
  }

  refused(sentence) {
    this.fail(sentence);
  }

  lost() {
    this.fail("The connection to the server was lost; load the page again.");
  }

  close() {
    this.stop();
    this.observer.disconnect();
  }
}

const players = new WeakMap(); // Streamlit calls again with the same parent when the data or the theme changes

export default function ({ data, parentElement }) {
  let player = players.get(parentElement);
  if (!player) players.set(parentElement, (player = new Player(parentElement)));
  player.update(data);
  const call = (player.calls = (player.calls ?? 0) + 1);
  return () => {
    if (player.calls !== call) return; // another call came before the first one was cleaned up after
    player.close();
    players.delete(parentElement);
  };
}
