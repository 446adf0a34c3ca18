// How the masks are shown. The settings survive a change of picture or page while the browser tab is open; a link
// overrides them.

const STORAGE_KEY = "segdeck-viewer";
const DEFAULTS = { mode: "overlay", opacity: 55, boxes: false, layout: "grid", left: null, right: null, divider: 0.5 };

class Settings {
  // `linked` are the settings of a link, or undefined to keep those of the tab, which are stored under `key`.
  constructor(linked, key = STORAGE_KEY, defaults = DEFAULTS) {
    this.key = key;
    this.defaults = defaults;
    this.assign(linked ?? this.stored());
    if (linked) this.store();
  }

  stored() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key)) ?? {};
    } catch {
      return {};
    }
  }

  // Assign these settings, and the default to all others.
  assign({ hidden = [], ...values }) {
    for (const [name, value] of Object.entries(this.defaults)) this[name] = values[name] ?? value;
    this.hiddenBySpace = new Map(hidden.map(([space, ids]) => [space, new Set(ids)]));
  }

  store() {
    const hidden = [...this.hiddenBySpace].map(([space, ids]) => [space, [...ids]]);
    const values = Object.keys(this.defaults).map((name) => [name, this[name]]);
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ ...Object.fromEntries(values), hidden }));
    } catch {
      // Without storage the settings last as long as the page.
    }
  }

  // The ids of the classes hidden in all panels of one label space.
  hidden(space) {
    if (!this.hiddenBySpace.has(space)) this.hiddenBySpace.set(space, new Set());
    return this.hiddenBySpace.get(space);
  }

  toggle(space, id) {
    const hidden = this.hidden(space);
    if (!hidden.delete(id)) hidden.add(id);
  }

  // Show only one class, or all of them if it is the only one already.
  isolate(space, id, ids) {
    const others = ids.filter((other) => other !== id);
    const hidden = this.hidden(space);
    const alone = !hidden.has(id) && others.every((other) => hidden.has(other));
    this.hiddenBySpace.set(space, new Set(alone ? [] : others));
  }
}
