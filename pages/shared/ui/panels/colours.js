// Colours, packed as pixels of a little-endian Uint32Array over RGBA bytes.

// Cividis (Nunez, Anderton and Renslow, 2018): perceptually uniform, with and without colour-vision deficiency.
const CIVIDIS = [
  "#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838",
];

function channels(colour) {
  return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
}

// Pack channels of 0..255 into one opaque pixel.
function packPixel([red, green, blue]) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

// The confidence scale as a CSS background.
const CIVIDIS_RAMP = `linear-gradient(to right, ${CIVIDIS.join()})`;

// The pixel of every confidence, 0..100 %.
const CONFIDENCE = Uint32Array.from({ length: 101 }, (_, percent) => {
  const position = (percent / 100) * (CIVIDIS.length - 1);
  const below = Math.min(Math.floor(position), CIVIDIS.length - 2);
  const [from, to] = [channels(CIVIDIS[below]), channels(CIVIDIS[below + 1])];
  return packPixel(from.map((value, channel) => Math.round(value + (position - below) * (to[channel] - value))));
});

// Black or white, whichever contrasts more with the colour (relative luminance as in WCAG 2.2).
function contrasting(colour) {
  const linear = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179 ? "#000000" : "#ffffff";
}
