// A strip of thumbnails: one picture is chosen, one's own can be removed.

function thumbnail(picture, selected, component) {
  const card = document.createElement("div");
  card.className = "card";
  const label = document.createElement("label");
  label.title = `${picture.name} (${picture.origin})`;
  const input = Object.assign(document.createElement("input"), { type: "radio", name: "picture", value: picture.id });
  input.checked = picture.id === selected;
  // A trigger, not a state: the same picture can be chosen again after another was chosen elsewhere.
  input.addEventListener("change", () => component.setTriggerValue("picture", picture.id));
  const image = Object.assign(document.createElement("img"), { src: picture.thumbnail, alt: "" });
  const name = Object.assign(document.createElement("span"), { textContent: picture.name, className: "name" });
  label.append(input, image, name);
  card.append(label);
  if (picture.removable) {
    const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
    remove.setAttribute("aria-label", `Remove ${picture.name}`);
    remove.title = `Remove ${picture.name}`;
    remove.addEventListener("click", () => component.setTriggerValue("remove", picture.id));
    card.append(remove);
  }
  return card;
}

export default function (component) {
  const { data, parentElement } = component;
  const strip = parentElement.querySelector(".pictures");
  strip.classList.toggle("wrap", data.wrap);
  const focused = parentElement.activeElement?.value;
  strip.replaceChildren(...data.pictures.map((picture) => thumbnail(picture, data.selected, component)));
  const chosen = strip.querySelector("input:checked");
  if (chosen) {
    if (focused !== undefined) chosen.focus();
    const card = chosen.closest(".card");
    const [start, end] = [card.offsetLeft, card.offsetLeft + card.offsetWidth];
    if (start < strip.scrollLeft || end > strip.scrollLeft + strip.clientWidth) strip.scrollLeft = start;
  }
}
