// A strip of thumbnails: one is selected, and uploaded pictures can be removed.

function thumbnail(picture, selected, component) {
  const checked = picture.id === selected;
  // A trigger, not a state: the same picture can be selected again after another one was selected elsewhere.
  const onchange = () => component.setTriggerValue("picture", picture.id);
  const input = make("input", { type: "radio", name: "picture", value: picture.id, checked, onchange });
  const image = make("img", { src: picture.thumbnail, alt: "" });
  const name = make("span", { className: "name" }, picture.name);
  const label = make("label", { title: `${picture.name} (${picture.origin})` }, input, image, name);
  const card = make("div", { className: "card" }, label);
  if (picture.removable) {
    const title = `Remove ${picture.name}`;
    const onclick = () => component.setTriggerValue("remove", picture.id);
    card.append(make("button", { type: "button", title, ariaLabel: title, onclick }, "×"));
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
