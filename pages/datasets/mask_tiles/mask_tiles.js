// Pictures of a dataset with their masks; the display mode changes in the browser, without the server.

const BOX_ASPECT = 4 / 3; // width / height of the box of a picture, as in the CSS

function createTile(entry, component) {
  const layers = make(
    "div",
    { className: "layers" },
    make("img", { className: "photograph", src: entry.photograph, alt: entry.alt }),
    make("img", { className: "mask", src: entry.mask, alt: "" }),
  );
  if (entry.only) layers.append(make("img", { className: "only", src: entry.only, alt: "" }));
  const [height, width] = entry.size;
  const aspect = width / height;
  layers.style.aspectRatio = aspect;
  layers.style[aspect < BOX_ASPECT ? "height" : "width"] = "100%";
  const picture = make("div", { className: "picture" }, layers);
  const ariaLabel = `Compare models on ${entry.id}`;
  const link = make("a", { href: entry.link, textContent: "Compare models on it", ariaLabel });
  link.addEventListener("click", (event) => {
    // Streamlit switches the page and keeps the session; in a new tab or window the browser follows the link.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    component.setTriggerValue("compare", entry.id);
  });
  const shares = make("span", { className: "shares", textContent: entry.shares });
  return make("figure", {}, picture, make("figcaption", {}, make("strong", { textContent: entry.id }), shares), link);
}

function createModeButton(mode, title, root, component) {
  const input = make("input", { type: "radio", name: "mode", value: mode, checked: mode === root.dataset.mode });
  input.addEventListener("change", () => {
    root.dataset.mode = mode;
    component.setTriggerValue("mode", mode);
  });
  return make("label", {}, input, title);
}

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".tiles");
  const modes = root.querySelector(".modes");
  const focused = parentElement.activeElement?.value;
  root.dataset.mode = data.mode;
  const buttons = Object.entries(data.modes).map(([mode, title]) => createModeButton(mode, title, root, component));
  modes.replaceChildren(modes.querySelector("legend"), ...buttons);
  if (focused !== undefined) modes.querySelector(`[value="${focused}"]`)?.focus();
  // Redrawing unchanged pictures would make them flicker.
  if (root.dataset.digest === data.digest) return;
  root.dataset.digest = data.digest;
  root.querySelector(".pictures").replaceChildren(...data.tiles.map((entry) => createTile(entry, component)));
}
