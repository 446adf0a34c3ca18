// What part of the picture all panels show. Positions are fractions of the picture (0..1), so they mean the same in
// every panel, whatever its size on the screen.

const LARGEST_ZOOM = 32;

class View {
  constructor(pictureWidth, pictureHeight) {
    this.pictureWidth = pictureWidth;
    this.pictureHeight = pictureHeight;
    this.reset();
  }

  reset() {
    this.zoom = 1; // 1 shows the whole picture
    this.x = 0.5; // the point of the picture in the middle of the panel
    this.y = 0.5;
  }

  // Show what another view showed.
  take({ zoom, x, y }) {
    Object.assign(this, { zoom, x, y });
  }

  // The same for the same view only.
  get state() {
    return `${this.zoom} ${this.x} ${this.y}`;
  }

  // Screen pixels per picture pixel in a panel of this size.
  scale(width, height) {
    return this.zoom * Math.min(width / this.pictureWidth, height / this.pictureHeight);
  }

  // Where the whole picture lies in a panel of this size, partly outside of it when zoomed in.
  rectangle(width, height) {
    const scale = this.scale(width, height);
    const [w, h] = [this.pictureWidth * scale, this.pictureHeight * scale];
    return { left: width / 2 - this.x * w, top: height / 2 - this.y * h, width: w, height: h };
  }

  // The place at a position in the panel in fractions of the picture, also beside the picture.
  placeAt(left, top, width, height) {
    const shown = this.rectangle(width, height);
    return { x: (left - shown.left) / shown.width, y: (top - shown.top) / shown.height };
  }

  // The point of the picture at a position in the panel, or null beside the picture.
  pointAt(left, top, width, height) {
    const point = this.placeAt(left, top, width, height);
    return point.x >= 0 && point.x < 1 && point.y >= 0 && point.y < 1 ? point : null;
  }

  move(right, down, width, height) {
    const shown = this.rectangle(width, height);
    this.x -= right / shown.width;
    this.y -= down / shown.height;
    this.clamp(width, height);
  }

  // Zoom so that what lies under (left, top) stays there.
  zoomAt(factor, left, top, width, height) {
    this.put(this.placeAt(left, top, width, height), this.zoom * factor, left, top, width, height);
  }

  // Zoom and move so that a point of the picture lies under (left, top).
  put(point, zoom, left, top, width, height) {
    this.zoom = Math.min(Math.max(zoom, 1), LARGEST_ZOOM);
    const scale = this.scale(width, height);
    this.x = point.x - (left - width / 2) / (this.pictureWidth * scale);
    this.y = point.y - (top - height / 2) / (this.pictureHeight * scale);
    this.clamp(width, height);
  }

  centreOn(point, width, height) {
    [this.x, this.y] = [point.x, point.y];
    this.clamp(width, height);
  }

  // Never show emptiness on one side while the picture is cut off on the other.
  clamp(width, height) {
    const scale = this.scale(width, height);
    const middle = (value, half) => (half >= 0.5 ? 0.5 : Math.min(Math.max(value, half), 1 - half));
    this.x = middle(this.x, width / 2 / (this.pictureWidth * scale));
    this.y = middle(this.y, height / 2 / (this.pictureHeight * scale));
  }
}
