// How fast a model's answers come: frames per second, and the time from the camera to the mask.

const WINDOW_MS = 3000;

class Figures {
  constructor() {
    this.answers = []; // of the last seconds: when, after which delay, and the model's own time, in ms
  }

  add(now, delay, time) {
    this.answers.push({ now, delay, time });
    while (this.answers[0].now < now - WINDOW_MS) this.answers.shift();
  }

  // Frames per second; null until there are two.
  get rate() {
    const { answers } = this;
    return answers.length < 2 ? null : (1000 * (answers.length - 1)) / (answers.at(-1).now - answers[0].now);
  }

  describe() {
    if (!this.answers.length) return "";
    const middle = (name) => this.answers.map((one) => one[name]).sort((a, b) => a - b)[this.answers.length >> 1];
    const { rate } = this;
    const delay = `${Math.round(middle("delay"))} ms`;
    const own = `model ${Math.round(middle("time"))} ms`;
    return rate === null ? own : `${rate.toFixed(1)} frames/s · delay ${delay} · ${own}`;
  }
}
