// Pictures of a dataset under their masks; the view switches in the browser, without the server.

const BOX_ASPECT_RATIO = 4 / 3; // width to height of a tile's picture box, as in the CSS

function tile(entry, component) {
  const layers = make(
    "div",
    { className: "layers" },
    make("img", { className: "photograph", src: entry.photograph, alt: entry.alt }),
    make("img", { className: "mask", src: entry.mask, alt: "" }),
  );
  if (entry.only) layers.append(make("img", { className: "only", src: entry.only, alt: "" }));
  const aspectRatio = entry.width / entry.height;
  layers.style.aspectRatio = aspectRatio;
  layers.style[aspectRatio < BOX_ASPECT_RATIO ? "height" : "width"] = "100%";
  const picture = make("div", { className: "picture" }, layers);
  const ariaLabel = `Compare models on ${entry.id}`;
  const link = make("a", { href: entry.link, textContent: "Compare models on it", ariaLabel });
  link.addEventListener("click", (event) => {
    // A plain click keeps the visitor's session; a new tab or window only gets the address.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    component.setTriggerValue("compare", entry.id);
  });
  const shares = make("span", { className: "shares", textContent: entry.shares });
  return make("figure", {}, picture, make("figcaption", {}, make("strong", { textContent: entry.id }), shares), link);
}

function lookOption(look, title, root, component) {
  const input = make("input", { type: "radio", name: "look", value: look, checked: look === root.dataset.look });
  input.addEventListener("change", () => {
    root.dataset.look = look;
    component.setTriggerValue("look", look);
  });
  return make("label", {}, input, title);
}

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".tiles");
  const looks = root.querySelector(".looks");
  const focused = parentElement.activeElement?.value;
  root.dataset.look = data.look;
  const options = Object.entries(data.looks).map(([look, title]) => lookOption(look, title, root, component));
  looks.replaceChildren(looks.querySelector("legend"), ...options);
  if (focused !== undefined) looks.querySelector(`[value="${focused}"]`)?.focus();
  // Rebuilding the same pictures would make them flicker.
  if (root.dataset.shown === data.shown) return;
  root.dataset.shown = data.shown;
  root.querySelector(".pictures").replaceChildren(...data.tiles.map((entry) => tile(entry, component)));
}
