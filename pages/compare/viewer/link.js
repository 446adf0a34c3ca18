// The viewer's settings and viewport as the fragment of an address, without whatever has its default value. Example:
// mode=mask&hide=camvid:0-3,7&zoom=2.5,0.31,0.42&picture=3fa1b2c4

const ID_LENGTH = 8; // enough of a picture's id to distinguish the pictures of one visitor
const MOST_IDS = 256;

const parseNumber = (text, least, most) => {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  return value >= least && value <= most ? value : null;
};
const oneOf = (...options) => (text) => (options.includes(text) ? text : null);

// The parser of each setting; it returns null for an invalid value.
const PARSERS = {
  mode: oneOf("overlay", "mask", "outline", "confidence"),
  opacity: (text) => (parseNumber(text, 0, 100) === null ? null : Math.round(Number(text))),
  boxes: (text) => (text === "on" ? true : null),
  layout: oneOf("grid", "swipe"),
  left: (text) => text || null,
  right: (text) => text || null,
  divider: (text) => parseNumber(text, 0, 1),
};
const SWIPE_SETTINGS = new Set(["left", "right", "divider"]);

// The viewport is the `zoom` and the centre `x`, `y` as in View, and the id of the `picture`.
function writeLink(settings, { zoom, x, y, picture }) {
  const parts = [];
  for (const setting of Object.keys(PARSERS)) {
    const value = settings[setting];
    if (value === DEFAULTS[setting] || (SWIPE_SETTINGS.has(setting) && settings.layout !== "swipe")) continue;
    parts.push([setting, value === true ? "on" : typeof value === "number" ? rounded(value) : value]);
  }
  for (const [space, ids] of settings.hiddenBySpace) if (ids.size) parts.push(["hide", `${space}:${ranges(ids)}`]);
  if (zoom > 1) parts.push(["zoom", [zoom, x, y].map(rounded).join()], ["picture", picture.slice(0, ID_LENGTH)]);
  return parts.map(([part, value]) => `${part}=${encode(value)}`).join("&");
}

// The settings and the viewport (null for the whole picture), or null if the text has no part for the viewer.
function readLink(text) {
  const given = new URLSearchParams(text);
  if (![...Object.keys(PARSERS), "hide", "zoom"].some((part) => given.has(part))) return null;
  const values = Object.entries(PARSERS).map(([setting, parse]) => [setting, parse(given.get(setting) ?? "")]);
  const hidden = given.getAll("hide").map(parseHidden).filter(Boolean);
  return { settings: { ...Object.fromEntries(values), hidden }, viewport: parseViewport(given) };
}

function parseViewport(given) {
  const parts = (given.get("zoom") ?? "").split(",");
  const [zoom, x, y] = parts.map((part, index) => parseNumber(part, index ? 0 : 1, index ? 1 : LARGEST_ZOOM));
  const picture = given.get("picture");
  return parts.length === 3 && zoom && x !== null && y !== null && picture ? { zoom, x, y, picture } : null;
}

// Parse "camvid:0-3,7" into a label space and its ids.
function parseHidden(text) {
  const [, space, list] = /^(.+):([\d,-]+)$/.exec(text) ?? [];
  const ids = (list ?? "").split(",").flatMap((part) => {
    const [, first, last = first] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part) ?? [];
    const length = Math.max(0, Math.min(Number(last), MOST_IDS - 1) - Number(first) + 1) || 0;
    return Array.from({ length }, (_, step) => Number(first) + step);
  });
  return ids.length ? [space, ids] : null;
}

// Write the ids 0, 1, 2, 3 and 7 as "0-3,7".
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
