// The view as words in an address: readable, and silent about all that is as on a first visit. An example:
// mode=mask&hide=camvid:0-3,7&zoom=2.5,0.31,0.42&picture=3fa1b2c4

const ID_LENGTH = 8; // so much of a picture's id tells it from the other pictures of a visitor
const MOST_IDS = 256;

const readNumber = (text, least, most) => {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  return value >= least && value <= most ? value : null;
};
const oneOf = (...known) => (text) => (known.includes(text) ? text : null);

// How each setting is read; null for what makes no sense.
const READ = {
  mode: oneOf("overlay", "mask", "outline", "confidence"),
  opacity: (text) => (readNumber(text, 0, 100) === null ? null : Math.round(readNumber(text, 0, 100))),
  boxes: (text) => (text === "on" ? true : null),
  layout: oneOf("grid", "swipe"),
  left: (text) => text || null,
  right: (text) => text || null,
  divider: (text) => readNumber(text, 0, 1),
};
const OF_SWIPE = new Set(["left", "right", "divider"]);

// What is seen of a picture: `zoom` and the point in the middle, `x` and `y`, as in View; `picture` is the picture's id.
function writeLink(settings, { zoom, x, y, picture }) {
  const parts = [];
  for (const setting of Object.keys(READ)) {
    const value = settings[setting];
    if (value === DEFAULTS[setting] || (OF_SWIPE.has(setting) && settings.layout !== "swipe")) continue;
    parts.push([setting, value === true ? "on" : typeof value === "number" ? rounded(value) : value]);
  }
  for (const [space, ids] of settings.hiddenBySpace) if (ids.size) parts.push(["hide", `${space}:${ranges(ids)}`]);
  if (zoom > 1) parts.push(["zoom", [zoom, x, y].map(rounded).join()], ["picture", picture.slice(0, ID_LENGTH)]);
  return parts.map(([part, value]) => `${part}=${encode(value)}`).join("&");
}

// The settings and what is seen (null for the whole picture), or null if nothing in the text is meant for the viewer.
function readLink(text) {
  const given = new URLSearchParams(text);
  if (![...Object.keys(READ), "hide", "zoom"].some((part) => given.has(part))) return null;
  const read = Object.entries(READ).map(([setting, read]) => [setting, read(given.get(setting) ?? "")]);
  const hidden = given.getAll("hide").map(readHidden).filter(Boolean);
  return { settings: { ...Object.fromEntries(read), hidden }, seen: readSeen(given) };
}

function readSeen(given) {
  const parts = (given.get("zoom") ?? "").split(",");
  const [zoom, x, y] = parts.map((part, index) => readNumber(part, index ? 0 : 1, index ? 1 : LARGEST_ZOOM));
  const picture = given.get("picture");
  return parts.length === 3 && zoom && x !== null && y !== null && picture ? { zoom, x, y, picture } : null;
}

// Label space and ids as in "camvid:0-3,7".
function readHidden(text) {
  const [, space, list] = /^(.+):([\d,-]+)$/.exec(text) ?? [];
  const ids = (list ?? "").split(",").flatMap((part) => {
    const [, first, last = first] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part) ?? [];
    const length = Math.max(0, Math.min(Number(last), MOST_IDS - 1) - Number(first) + 1) || 0;
    return Array.from({ length }, (_, step) => Number(first) + step);
  });
  return ids.length ? [space, ids] : null;
}

// The ids 0, 1, 2, 3 and 7 as "0-3,7".
function ranges(ids) {
  const runs = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && run[1] === id - 1) run[1] = id;
    else runs.push([id, id]);
  }
  return runs.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join();
}

// Five digits are finer than a screen pixel at any zoom.
function rounded(value) {
  return Number(value.toFixed(5));
}

function encode(value) {
  return encodeURIComponent(value).replaceAll("%20", "+").replaceAll("%2C", ",").replaceAll("%3A", ":");
}
