// Keeps the viewer's settings in the fragment of the page's address (after "#"), so that a copied link shows the same.
//
// The fragment never reaches the server, so writing it does not rerun the script. Streamlit drops it whenever Python
// writes the query, so it is written again after every change of the address.

const WRITE_DELAY_MS = 300; // Safari rejects more than a hundred address changes in 30 seconds
const DEFAULT_LINK = { settings: {}, viewport: null };

// The address with which the page was loaded, until the first viewer on it has followed it.
let loadedAddress = performance.getEntriesByType("navigation")[0]?.name;

// The link by which the visitor arrived, or null after navigating within the dashboard. A link without settings means
// the default settings.
function arrivalLink() {
  const first = loadedAddress && new URL(loadedAddress, location);
  loadedAddress = null;
  const link = readLink(location.hash.slice(1));
  if (link || first?.pathname !== location.pathname) return link;
  // Python may already have rewritten the address, for instance when the linked picture does not exist.
  return readLink(first.hash.slice(1)) ?? (first.search ? DEFAULT_LINK : null);
}

class Address {
  constructor(viewer) {
    this.viewer = viewer;
    this.path = location.pathname;
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    window.addEventListener("popstate", () => this.read(), { signal });
    // Browsers without the Navigation API write at the next interaction with the viewer.
    window.navigation?.addEventListener("currententrychange", () => this.scheduleWrite(), { signal });
  }

  scheduleWrite() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), WRITE_DELAY_MS);
  }

  write() {
    const { settings, viewport } = this.viewer;
    if (!viewport || location.pathname !== this.path) return;
    const current = location.hash.slice(1);
    const wanted = writeLink(settings, viewport);
    if (wanted === current || (!wanted && !readLink(current))) return;
    const address = new URL(location.href);
    address.hash = wanted;
    try {
      history.replaceState(history.state, "", address);
    } catch {
      // The browser's rate limit; the next change tries again.
    }
  }

  // Follow the address after a step back or forward, or after an edit by hand.
  read() {
    if (location.pathname !== this.path) return; // the viewer is about to be removed with its page
    const link = readLink(location.hash.slice(1)) ?? (location.search && !location.hash ? DEFAULT_LINK : null);
    if (link) this.viewer.follow(link);
  }

  close() {
    clearTimeout(this.timer);
    this.listeners.abort();
  }
}
