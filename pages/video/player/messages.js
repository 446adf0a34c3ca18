// The messages of the live route: the length of a header (32 bits, little endian), the header as JSON, and the rest.
// `pages/server/live_messages.py` is the counterpart.

function packFrame(header, file) {
  const head = new TextEncoder().encode(JSON.stringify(header));
  const message = new Uint8Array(4 + head.length + file.byteLength);
  new DataView(message.buffer).setUint32(0, head.length, true);
  message.set(head, 4);
  message.set(new Uint8Array(file), 4 + head.length);
  return message;
}

// The header of an answer, whose models with a label map have it in `labels`.
async function unpackAnswer(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const planes = await inflated(new Uint8Array(buffer, 4 + length));
  let start = 0;
  for (const model of header.models) {
    if (!model.width) continue; // it failed, or is being loaded
    model.labels = new Uint8Array(planes, start, model.width * model.height);
    start += model.labels.length;
  }
  return header;
}

// Not by way of a blob: its bytes would go to another process and back.
function inflated(bytes) {
  const inflater = new DecompressionStream("deflate");
  const writer = inflater.writable.getWriter();
  const failed = () => {}; // reading fails, too
  writer.write(bytes).catch(failed);
  writer.close().catch(failed);
  return new Response(inflater.readable).arrayBuffer();
}
