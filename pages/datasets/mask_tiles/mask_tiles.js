// Pictures of a dataset with their masks over them; what is shown of each changes here, without the server.

const BOX = 4 / 3; // width to height of the space for a picture, as in the CSS

function tile(entry, component) {
  const layers = make(
    "div",
    { className: "layers" },
    make("img", { className: "photograph", src: entry.photograph, alt: entry.alt }),
    make("img", { className: "mask", src: entry.mask, alt: "" }),
  );
  if (entry.only) layers.append(make("img", { className: "only", src: entry.only, alt: "" }));
  const shape = entry.width / entry.height;
  layers.style.aspectRatio = shape;
  layers.style[shape < BOX ? "height" : "width"] = "100%";
  const picture = make("div", { className: "picture" }, layers);
  const link = make("a", { href: entry.link, textContent: "Compare models on it" });
  link.setAttribute("aria-label", `Compare models on ${entry.id}`);
  link.addEventListener("click", (event) => {
    // Within the page a visit goes on as it is; in a new tab or window the address alone has to do.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    component.setTriggerValue("compare", entry.id);
  });
  const shares = make("span", { className: "shares", textContent: entry.shares });
  return make("figure", {}, picture, make("figcaption", {}, make("strong", { textContent: entry.id }), shares), link);
}

function choice(look, title, root, component) {
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
  const choices = Object.entries(data.looks).map(([look, title]) => choice(look, title, root, component));
  looks.replaceChildren(looks.querySelector("legend"), ...choices);
  if (focused !== undefined) looks.querySelector(`[value="${focused}"]`)?.focus();
  // The same pictures stay as they are: drawn anew they would flicker.
  if (root.dataset.shown === data.shown) return;
  root.dataset.shown = data.shown;
  root.querySelector(".pictures").replaceChildren(...data.tiles.map((entry) => tile(entry, component)));
}
