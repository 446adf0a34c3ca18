// The connection to the server. It is opened by the first frame, and again after the server has ended it for want of frames.

const RETRIES_MS = [500, 1500, 4000];

class Connection {
  // `listener` has the methods arrived(), which comes before answered(header) or failed(sentence), refused(sentence) and lost().
  constructor(address, listener) {
    this.address = address; // may change with the session of the page, for the next socket
    this.listener = listener;
    this.retries = 0;
    this.received = Promise.resolve(); // when all that has come was told
  }

  send(message) {
    this.pending = message;
    if (!this.socket) this.open();
    else if (this.socket.readyState === WebSocket.OPEN) this.flush();
  }

  open() {
    const url = new URL(this.address, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.retries = 0;
      this.flush();
    };
    socket.onmessage = ({ data }) => {
      // One answer that cannot be drawn must not be the last one.
      this.received = this.received.then(() => this.receive(data, socket)).catch(console.error);
    };
    socket.onclose = () => {
      if (this.socket === socket) this.ended();
    };
  }

  flush() {
    if (!this.pending) return;
    this.socket.send(this.pending);
    this.waiting = this.pending; // until it is answered
    this.pending = null;
  }

  async receive(data, socket) {
    if (this.socket !== socket) return;
    const { refused, error } = typeof data === "string" ? JSON.parse(data) : {};
    if (refused) {
      this.listener.refused(refused);
      return;
    }
    this.waiting = null;
    this.listener.arrived();
    if (error) this.listener.failed(error);
    else {
      const header = await unpackAnswer(data);
      if (this.socket === socket) this.listener.answered(header);
    }
  }

  // The socket was closed by the server or by a fault on the way: ask again for what was not answered. A session that is
  // interrupted for a moment has its sockets closed, too; if it is over, the next ones are refused.
  ended() {
    this.socket = null;
    const message = this.pending ?? this.waiting;
    if (!message) return;
    if (this.retries === RETRIES_MS.length) this.listener.lost();
    else this.timer = setTimeout(() => this.send(message), RETRIES_MS[this.retries++]);
  }

  close() {
    clearTimeout(this.timer);
    const { socket } = this;
    this.socket = this.pending = this.waiting = null;
    socket?.close();
  }
}
