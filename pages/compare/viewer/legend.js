// The classes of one label map under its panel: name, colour, share of the picture; click to hide or isolate.

const SMALLEST_SHARE = 0.0005; // shown as 0.1 % when rounded
const ROWS_AT_FIRST = 6;

class Legend {
  constructor(classes, space, viewer) {
    this.classes = classes;
    this.space = space;
    this.viewer = viewer;
    this.rows = new Map();
    this.pointed = undefined;
    const found = classes.filter((entry) => entry.share >= SMALLEST_SHARE).sort((a, b) => b.share - a.share);
    const rest = classes.length - found.length;
    this.element = make("div", { className: "legend" });
    const list = make("ul");
    for (const entry of found) list.append(this.row(entry));
    this.element.append(list);
    if (found.length > ROWS_AT_FIRST + 1) this.element.append(this.fold([...list.children].slice(ROWS_AT_FIRST)));
    const traces = classes.some((entry) => entry.share > 0 && entry.share < SMALLEST_SHARE);
    const why = traces ? "below 0.05 %" : "not found here";
    if (rest) this.element.append(make("p", { className: "rest" }, `${rest} other ${rest === 1 ? "class" : "classes"} ${why}`));
    this.refresh();
  }

  // Keep the smallest shares out of sight until they are asked for.
  fold(tail) {
    for (const item of tail) item.classList.add("tail");
    const more = make("button", { className: "more" });
    more.type = "button";
    const fold = (short) => {
      this.element.classList.toggle("short", short);
      more.textContent = short ? `Show ${tail.length} smaller` : "Show fewer";
      more.setAttribute("aria-expanded", String(!short));
    };
    more.addEventListener("click", () => fold(!this.element.classList.contains("short")));
    fold(true);
    return more;
  }

  row(entry) {
    const item = make("li");
    const toggle = make("button", { className: "class" });
    toggle.type = "button";
    const swatch = make("span", { className: "swatch" });
    swatch.style.setProperty("--colour", entry.colour);
    const bar = make("span", { className: "bar" });
    bar.style.setProperty("--share", entry.share);
    bar.style.setProperty("--colour", entry.colour);
    toggle.append(swatch, make("span", { className: "name" }, entry.name), bar, make("span", { className: "share" }, percent(entry.share)));
    toggle.addEventListener("click", () => this.viewer.toggle(this.space, entry.id));
    const only = make("button", { className: "only" }, "Only");
    only.type = "button";
    only.addEventListener("click", () => this.viewer.isolate(this.space, entry.id));
    item.append(toggle, only);
    this.rows.set(entry.id, { item, toggle, only, entry });
    return item;
  }

  // Tell which classes are hidden.
  refresh() {
    const hidden = this.viewer.settings.hidden(this.space);
    const shown = this.classes.filter((entry) => !hidden.has(entry.id));
    for (const [id, { item, toggle, only, entry }] of this.rows) {
      const visible = !hidden.has(id);
      item.classList.toggle("hidden", !visible);
      toggle.setAttribute("aria-pressed", String(visible));
      toggle.title = `${visible ? "Hide" : "Show"} ${entry.name}: ${percent(entry.share)} of the picture`;
      const alone = visible && shown.length === 1;
      only.textContent = alone ? "All" : "Only";
      only.setAttribute("aria-label", alone ? "Show all classes" : `Show only ${entry.name}`);
    }
  }

  // Light up the class under the point.
  point(id) {
    if (id === this.pointed) return;
    this.rows.get(this.pointed)?.item.classList.remove("here");
    this.rows.get(id)?.item.classList.add("here");
    this.pointed = id;
  }
}
