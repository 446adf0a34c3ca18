// The legend of one label map: name, colour and share of each class; a click hides or isolates a class.

const SMALLEST_SHARE = 0.0005; // rounds to 0.1 %
const COLLAPSED_ROWS = 6;

class Legend {
  constructor({ data: { classes, verdict, verdict_note: note }, space, viewer }) {
    Object.assign(this, { classes, space, viewer });
    this.rows = new Map();
    this.highlighted = undefined;
    const found = classes.filter((entry) => entry.share >= SMALLEST_SHARE).sort((a, b) => b.share - a.share);
    const rest = classes.length - found.length;
    this.list = make("ul", {}, ...found.map((entry) => this.row(entry)));
    this.element = make("div", { className: "legend" }, this.list);
    if (verdict) this.element.prepend(make("p", { className: "verdict", title: note }, verdict));
    if (found.length > COLLAPSED_ROWS + 1) this.element.append(this.collapse([...this.list.children].slice(COLLAPSED_ROWS)));
    this.remark = make("p", { className: "rest" });
    this.element.append(this.remark);
    this.tellRest(rest);
    this.refresh();
  }

  // Say how many classes have no row.
  tellRest(rest) {
    const below = this.classes.some((entry) => entry.share > 0 && entry.share < SMALLEST_SHARE);
    this.remark.hidden = !rest;
    setText(this.remark, `${rest} other ${rest === 1 ? "class" : "classes"} ${below ? "below 0.05 %" : "not found here"}`);
  }

  // Collapse the rows of `tail` and return the button that shows them.
  collapse(tail) {
    for (const item of tail) item.classList.add("tail");
    const more = make("button", { type: "button", className: "more" });
    more.onclick = () => {
      const short = this.element.classList.toggle("short");
      more.textContent = short ? `Show ${tail.length} smaller` : "Show fewer";
      more.setAttribute("aria-expanded", String(!short));
    };
    more.onclick();
    return more;
  }

  row(entry) {
    const colour = `--colour: ${entry.colour}`;
    const swatch = make("span", { className: "swatch", style: colour });
    const name = make("span", { className: "name" }, entry.name);
    const bar = make("span", { className: "bar", style: `${colour}; --share: ${entry.share}` });
    const share = make("span", { className: "share" }, formatPercent(entry.share));
    const toggle = make("button", { type: "button", className: "class" }, swatch, name, bar, share);
    toggle.onclick = () => this.viewer.toggle(this.space, entry.id);
    const only = make("button", { type: "button", className: "only" }, "Only");
    only.onclick = () => this.viewer.isolate(this.space, entry.id);
    const item = make("li", {}, toggle, only);
    this.rows.set(entry.id, { item, toggle, only, bar, share, entry });
    return item;
  }

  // Show which classes are hidden.
  refresh() {
    const hidden = this.viewer.settings.hidden(this.space);
    const shown = this.classes.filter((entry) => !hidden.has(entry.id));
    for (const [id, { item, toggle, only, entry }] of this.rows) {
      const visible = !hidden.has(id);
      item.classList.toggle("hidden", !visible);
      toggle.setAttribute("aria-pressed", String(visible));
      toggle.title = `${visible ? "Hide" : "Show"} ${entry.name}: ${formatPercent(entry.share)} of the picture`;
      const alone = visible && shown.length === 1;
      only.textContent = alone ? "All" : "Only";
      only.setAttribute("aria-label", alone ? "Show all classes" : `Show only ${entry.name}`);
    }
  }

  // Highlight the class under the point.
  highlight(id) {
    if (id === this.highlighted) return;
    this.rows.get(this.highlighted)?.item.classList.remove("here");
    this.rows.get(id)?.item.classList.add("here");
    this.highlighted = id;
  }
}
