// How the masks are shown. The settings outlive a change of picture or page, for as long as the browser's tab is open;
// a link brings its own.

const STORED_AS = "segdeck-viewer";
const DEFAULTS = { mode: "overlay", opacity: 55, boxes: false, layout: "grid", left: null, right: null, divider: 0.5 };

class Settings {
  // `asked` are the settings of a link, or undefined to go on with the tab's own.
  constructor(asked) {
    this.take(asked ?? Settings.stored());
    if (asked) this.store();
  }

  static stored() {
    try {
      return JSON.parse(sessionStorage.getItem(STORED_AS)) ?? {};
    } catch {
      return {};
    }
  }

  // Have these settings, and all others as on a first visit.
  take({ hidden = [], ...values }) {
    for (const [name, value] of Object.entries(DEFAULTS)) this[name] = values[name] ?? value;
    this.hiddenBySpace = new Map(hidden.map(([space, ids]) => [space, new Set(ids)]));
  }

  store() {
    const hidden = [...this.hiddenBySpace].map(([space, ids]) => [space, [...ids]]);
    const values = Object.keys(DEFAULTS).map((name) => [name, this[name]]);
    try {
      sessionStorage.setItem(STORED_AS, JSON.stringify({ ...Object.fromEntries(values), hidden }));
    } catch {
      // Without storage the settings last as long as the page.
    }
  }

  // Classes hidden in all panels of one label space.
  hidden(space) {
    if (!this.hiddenBySpace.has(space)) this.hiddenBySpace.set(space, new Set());
    return this.hiddenBySpace.get(space);
  }

  toggle(space, id) {
    const hidden = this.hidden(space);
    if (!hidden.delete(id)) hidden.add(id);
  }

  // Show one class alone, or all of them if it is alone already.
  isolate(space, id, ids) {
    const others = ids.filter((other) => other !== id);
    const hidden = this.hidden(space);
    const alone = !hidden.has(id) && others.every((other) => hidden.has(other));
    this.hiddenBySpace.set(space, new Set(alone ? [] : others));
  }
}
