// A page that is come to by its bare name completes its address: /Compare becomes /Compare?models=... Streamlit adds that
// to the browser's history as one more page, so that who goes back from it sees no change at first. Sometimes it even
// completes the address before the name has changed, and adds the page that is left with what belongs to the new one.
// Here the completed address takes the place of such a one. What the visitor does later on a page is added as ever.

const AT_ONCE = 1000; // Milliseconds within which the name changes if the address was completed before it.

export default function () {
  if (history.completed) return;
  history.completed = true;
  let bare = false; // Whether the page was just come to by its name, with nothing behind it.
  let last = { when: -Infinity }; // When the address was last completed, and which one it took the place of, if any.
  const push = history.pushState.bind(history);
  history.pushState = (state, unused, url) => {
    const next = new URL(url ?? location.href, location.href);
    const elsewhere = next.pathname !== location.pathname;
    const same = next.search !== "" && next.search === location.search;
    const early = elsewhere && same && performance.now() - last.when < AT_ONCE;
    if (early && last.replaced) history.replaceState(state, unused, last.replaced);
    const completes = !elsewhere && { when: performance.now(), replaced: bare ? location.href : undefined };
    if ((bare && !elsewhere) || (early && !last.replaced)) history.replaceState(state, unused, url);
    else push(state, unused, url);
    last = completes || { when: -Infinity };
    bare = elsewhere && !next.search;
  };
}
