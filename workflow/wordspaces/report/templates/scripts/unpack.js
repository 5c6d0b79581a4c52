// Reads a text of arrays, as wordspaces/report/pack.py describes and writes it. Everything is in the text: nothing is
// fetched.

const TYPED = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float32: Float32Array,
};
// Bytes of the number that says how long the header is.
const LENGTH_BYTES = 4;

/** Bytes of a base64 text. */
function bytesOf(text) {
  const clean = text.trim();
  if (typeof Uint8Array.fromBase64 === "function") return Uint8Array.fromBase64(clean);
  const binary = atob(clean);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** What gzip compressed, as bytes. */
async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Values of one array from its stored bytes; `part` is its entry in the header. */
function arrayOf(content, start, part) {
  const Typed = TYPED[part.dtype];
  const size = part.shape.reduce((product, length) => product * length, 1);
  const width = Typed.BYTES_PER_ELEMENT;
  const from = start + part.offset;
  let values;
  if (part.planes === 1) {
    // A copy, for a typed array may begin at a multiple of its width alone.
    values = new Typed(content.slice(from, from + size * width).buffer);
  } else {
    values = new Typed(size);
    for (let plane = 0; plane < width; plane += 1) {
      const first = from + plane * size;
      const factor = 2 ** (8 * plane);
      for (let i = 0; i < size; i += 1) values[i] += content[first + i] * factor;
    }
  }
  // Typed arrays of integers wrap around, which is what undoes differences that did.
  if (part.stride > 0) {
    for (let i = part.stride; i < size; i += 1) values[i] += values[i - part.stride];
  }
  return values;
}

/** Text to {meta, arrays, shapes}: typed arrays in row-major order and their shapes, by name. */
async function unpack(text) {
  const content = await inflated(bytesOf(text));
  const length = new DataView(content.buffer).getUint32(0, true);
  const start = LENGTH_BYTES + length;
  const header = JSON.parse(new TextDecoder().decode(content.subarray(LENGTH_BYTES, start)));
  const arrays = {};
  const shapes = {};
  for (const [name, part] of Object.entries(header.arrays)) {
    arrays[name] = arrayOf(content, start, part);
    shapes[name] = part.shape;
  }
  return { meta: header.meta, arrays, shapes };
}
