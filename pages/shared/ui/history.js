// Keep one history entry per visited page, although pages complete their own address.
//
// A page opened by its bare name completes its address: /Compare becomes /Compare?models=... Streamlit pushes that as a
// second history entry, so the first step back would change nothing. Sometimes Streamlit even pushes the query before the
// new path, which leaves an entry with the old path and the new page's query. Both cases are replaced here instead of
// pushed. Everything that a visitor does on a page afterwards is pushed as usual.

const SAME_NAVIGATION_MS = 1000; // a path that follows a query within this time belongs to the same navigation

export default function () {
  if (history.patched) return;
  history.patched = true;
  let bare = false; // the current entry is a page just opened by its bare name
  let lastQuery = null; // the last change of the query alone: its time, and the bare address it replaced, if any
  const push = history.pushState.bind(history);
  history.pushState = (state, unused, url) => {
    const next = new URL(url ?? location.href, location.href);
    const newPath = next.pathname !== location.pathname;
    const sameQuery = next.search !== "" && next.search === location.search;
    const late = newPath && sameQuery && lastQuery && performance.now() - lastQuery.time < SAME_NAVIGATION_MS;
    if (late && lastQuery.replaced) history.replaceState(state, unused, lastQuery.replaced);
    const query = newPath ? null : { time: performance.now(), replaced: bare ? location.href : null };
    if ((bare && !newPath) || (late && !lastQuery.replaced)) history.replaceState(state, unused, url);
    else push(state, unused, url);
    lastQuery = query;
    bare = newPath && !next.search;
  };
}
