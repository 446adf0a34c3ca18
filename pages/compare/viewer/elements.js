// Small things that every part of the viewer needs.

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

// Set a text only if it is another one: the browser lays the page out anew after every change.
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
