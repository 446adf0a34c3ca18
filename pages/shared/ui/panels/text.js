// Text helpers that every part of the viewer uses.

function formatPercent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

// Set an element's text only if it differs: every assignment triggers a layout of the page.
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
