// Pictures of a dataset with their masks; the display mode changes in the browser, without the server.

const BOX_ASPECT = 4 / 3; // width / height of the box of a picture, as in the CSS

function createTile(entry, component) {
  const images = [make("img", { className: "photograph", src: entry.photograph, alt: entry.alt })];
  for (const className of ["mask", "only"])
    if (entry[className]) images.push(make("img", { className, src: entry[className], alt: "" }));
  const [height, width] = entry.size;
  const filled = width / height < BOX_ASPECT ? "height" : "width";
  const style = `aspect-ratio: ${width / height}; ${filled}: 100%`;
  const picture = make("div", { className: "picture" }, make("div", { className: "layers", style }, ...images));
  const ariaLabel = `Compare models on ${entry.id}`;
  const onclick = (event) => {
    // Streamlit switches the page and keeps the session; in a new tab or window the browser follows the link.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    component.setTriggerValue("compare", entry.id);
  };
  const link = make("a", { href: entry.link, ariaLabel, onclick }, "Compare models on it");
  const shares = make("span", { className: "shares" }, entry.shares);
  return make("figure", {}, picture, make("figcaption", {}, make("strong", {}, entry.id), shares), link);
}

function createModeButton(mode, title, root, component) {
  const checked = mode === root.dataset.mode;
  const onchange = () => {
    root.dataset.mode = mode;
    component.setTriggerValue("mode", mode);
  };
  return make("label", {}, make("input", { type: "radio", name: "mode", value: mode, checked, onchange }), title);
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
