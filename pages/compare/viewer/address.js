// The address of the page says after its "#" how the viewer is set, so that a copied link shows the same.
//
// The server never gets to see that part, so writing it runs no script. Streamlit knows nothing of it either: it drops it
// whenever Python writes the part before it. So it is written again after every change of the address.

const REST_MS = 300; // Safari refuses to change an address more than a hundred times in 30 seconds
const AS_ON_A_FIRST_VISIT = { settings: {}, seen: null };

// With what the page was loaded, until the first viewer on it has followed that.
let loaded = performance.getEntriesByType("navigation")[0]?.name;

// What the visitor came here with: a link, or null for a way within the dashboard. A link without settings has its
// sender's too: none.
function arrive() {
  const first = loaded && new URL(loaded, location);
  loaded = null;
  const asked = readLink(location.hash.slice(1));
  if (asked || first?.pathname !== location.pathname) return asked;
  // Python may have written the address already, as when the link is to a picture that is not here.
  return readLink(first.hash.slice(1)) ?? (first.search ? AS_ON_A_FIRST_VISIT : null);
}

class Address {
  constructor(viewer) {
    this.viewer = viewer;
    this.path = location.pathname;
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    window.addEventListener("popstate", () => this.adopt(), { signal });
    // Browsers without it write when the visitor next points at the viewer.
    window.navigation?.addEventListener("currententrychange", () => this.keep(), { signal });
  }

  // Write the settings into the address once they rest.
  keep() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), REST_MS);
  }

  write() {
    const { settings, seen } = this.viewer;
    if (!seen || location.pathname !== this.path) return;
    const now = location.hash.slice(1);
    const wanted = writeLink(settings, seen);
    if (wanted === now || (!wanted && !readLink(now))) return;
    const address = new URL(location.href);
    address.hash = wanted;
    try {
      history.replaceState(history.state, "", address);
    } catch {
      // Too often for this browser; the next change tries again.
    }
  }

  // Follow the address after a step back or forward, or when it was changed by hand.
  adopt() {
    if (location.pathname !== this.path) return; // the viewer is about to leave with its page
    const asked = readLink(location.hash.slice(1)) ?? (location.search && !location.hash ? AS_ON_A_FIRST_VISIT : null);
    if (asked) this.viewer.follow(asked);
  }

  close() {
    clearTimeout(this.timer);
    this.listeners.abort();
  }
}
