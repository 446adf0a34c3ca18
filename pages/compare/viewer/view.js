// The part of the picture that all panels show. Points are fractions of the picture (0..1), so that they are the same
// in panels of any size.

const LARGEST_ZOOM = 32;

class View {
  constructor(pictureWidth, pictureHeight) {
    this.pictureWidth = pictureWidth;
    this.pictureHeight = pictureHeight;
    this.reset();
  }

  reset() {
    this.zoom = 1; // 1 shows the whole picture
    this.x = 0.5; // the point of the picture at the centre of the panel
    this.y = 0.5;
  }

  assign({ zoom, x, y }) {
    Object.assign(this, { zoom, x, y });
  }

  // A key that identifies the view.
  get state() {
    return `${this.zoom} ${this.x} ${this.y}`;
  }

  // Screen pixels per picture pixel in a panel of this size.
  scale(width, height) {
    return this.zoom * Math.min(width / this.pictureWidth, height / this.pictureHeight);
  }

  // The rectangle of the whole picture in a panel of this size; it exceeds the panel when zoomed in.
  rectangle(width, height) {
    const scale = this.scale(width, height);
    const [w, h] = [this.pictureWidth * scale, this.pictureHeight * scale];
    return { left: width / 2 - this.x * w, top: height / 2 - this.y * h, width: w, height: h };
  }

  // The picture coordinates at a position in the panel, also outside the picture.
  positionAt(left, top, width, height) {
    const shown = this.rectangle(width, height);
    return { x: (left - shown.left) / shown.width, y: (top - shown.top) / shown.height };
  }

  // The picture coordinates at a position in the panel, or null outside the picture.
  pointAt(left, top, width, height) {
    const point = this.positionAt(left, top, width, height);
    return point.x >= 0 && point.x < 1 && point.y >= 0 && point.y < 1 ? point : null;
  }

  move(right, down, width, height) {
    const shown = this.rectangle(width, height);
    this.x -= right / shown.width;
    this.y -= down / shown.height;
    this.clamp(width, height);
  }

  // Zoom around (left, top).
  zoomAt(factor, left, top, width, height) {
    this.place(this.positionAt(left, top, width, height), this.zoom * factor, left, top, width, height);
  }

  // Zoom, and move a point of the picture to (left, top).
  place(point, zoom, left, top, width, height) {
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

  // Leave no gap on one side while the picture is cut off on the other.
  clamp(width, height) {
    const scale = this.scale(width, height);
    const middle = (value, half) => (half >= 0.5 ? 0.5 : Math.min(Math.max(value, half), 1 - half));
    this.x = middle(this.x, width / 2 / (this.pictureWidth * scale));
    this.y = middle(this.y, height / 2 / (this.pictureHeight * scale));
  }
}
