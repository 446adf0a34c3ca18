// Small things that every part of the viewer needs.

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

// Set a text only if it is another one: the browser lays the page out anew after every change.
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
