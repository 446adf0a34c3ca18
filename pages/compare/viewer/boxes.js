// The bounding boxes of a panel's objects, each with a tag naming its class where there is room.

const TAG = { size: 12, padding: 4 }; // screen pixels

// Draw the boxes; `shown` is the picture's rectangle on the canvas, `ratio` is device pixels per screen pixel. Tags come
// after all boxes and do not overlap; earlier objects take precedence.
function drawBoxes(context, objects, classes, shown, ratio, font) {
  const boxes = objects.map(({ box: [left, top, width, height] }) => ({
    left: shown.left + left * shown.width,
    top: shown.top + top * shown.height,
    width: width * shown.width,
    height: height * shown.height,
  }));
  objects.forEach((object, index) => drawBox(context, boxes[index], classes.get(object.id).colour, ratio));
  context.font = `600 ${TAG.size * ratio}px ${font}`;
  context.textBaseline = "middle";
  const placed = [];
  objects.forEach((object, index) => {
    const tag = placeTag(context, object, classes.get(object.id).name, boxes[index], ratio);
    if (!tag || placed.some((other) => overlap(tag, other))) return;
    placed.push(tag);
    drawTag(context, tag, classes.get(object.id).colour, ratio);
  });
}

// A line in the class's colour between two contrasting hairlines, visible on any background.
function drawBox(context, { left, top, width, height }, colour, ratio) {
  for (const [style, line] of [[contrasting(colour), 4], [colour, 2]]) {
    context.strokeStyle = style;
    context.lineWidth = line * ratio;
    context.strokeRect(left, top, width, height);
  }
}

// The rectangle and text of an object's tag, inside the visible part of its box; null if there is no room.
function placeTag(context, object, name, box, ratio) {
  const left = Math.max(box.left, 0) + 2 * ratio;
  const top = Math.max(box.top, 0) + 2 * ratio;
  const right = Math.min(box.left + box.width, context.canvas.width) - 2 * ratio;
  const bottom = Math.min(box.top + box.height, context.canvas.height) - 2 * ratio;
  const height = (TAG.size + 2 * TAG.padding) * ratio;
  if (bottom - top < height) return null;
  const confidence = object.confidence === null ? "" : ` ${Math.round(100 * object.confidence)} %`;
  for (const text of [name + confidence, name]) {
    const width = context.measureText(text).width + (2 * TAG.padding + TAG.size) * ratio;
    if (right - left >= width) return { left, top, width, height, text };
  }
  return null;
}

function drawTag(context, { left, top, width, height, text }, colour, ratio) {
  context.fillStyle = "rgb(15 20 25 / 82%)";
  context.fillRect(left, top, width, height);
  const side = TAG.size * 0.7 * ratio;
  context.fillStyle = colour;
  context.fillRect(left + TAG.padding * ratio, top + (height - side) / 2, side, side);
  context.fillStyle = "#ffffff";
  context.fillText(text, left + (TAG.padding + TAG.size) * ratio, top + height / 2);
}

function overlap(one, other) {
  return (
    one.left < other.left + other.width &&
    other.left < one.left + one.width &&
    one.top < other.top + other.height &&
    other.top < one.top + one.height
  );
}
