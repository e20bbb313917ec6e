// ONNX models byte by byte: protocol buffers of IR version 8. A part is a Buffer, a text, or a list of parts.

function varint(value) {
  const out = [];
  for (let v = BigInt.asUintN(64, BigInt(value)); ; v >>= 7n) {
    if (v < 128n) return Buffer.from([...out, Number(v)]);
    out.push(Number(v & 127n) | 128);
  }
}
export const integer = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
export const block = (field, ...parts) => {
  const buffers = parts.flat(9).map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  return [varint((field << 3) | 2), varint(buffers.reduce((sum, part) => sum + part.length, 0)), ...buffers];
};
function real(field, value) {
  const four = Buffer.alloc(4);
  four.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), four]);
}
export const kFloat = 1, kInt32 = 6, kInt64 = 7;
export const tensorProto = (name, dims, type, data) => [dims.map((d) => integer(1, d)), integer(2, type), block(8, name), block(9, Buffer.from(data.buffer, data.byteOffset, data.byteLength))];
const attribute = (name, value) =>
  block(5, block(1, name), Array.isArray(value) ? [value.map((x) => integer(8, x)), integer(20, 7)] : Number.isInteger(value) ? [integer(3, value), integer(20, 2)] : [real(2, value), integer(20, 1)]);
export const node = (type, inputs, outputs, attributes = {}, domain = '') =>
  block(1, inputs.map((x) => block(1, x)), outputs.map((x) => block(2, x)), block(4, type), Object.entries(attributes).map(([k, v]) => attribute(k, v)), block(7, domain));
export const valueInfo = (name, type, dims) => [block(1, name), block(2, block(1, integer(1, type), block(2, dims.map((d) => block(1, typeof d === 'string' ? block(2, d) : integer(1, d))))))];
/** The buffers of a model; nodes, initializers, inputs and outputs as made above. */
export function model(name, nodes, initializers, inputs, outputs) {
  const graph = [nodes, block(2, name), initializers.map((x) => block(5, x)), inputs.map((x) => block(11, x)), outputs.map((x) => block(12, x))];
  const opset = (domain, version) => block(8, block(1, domain), integer(2, version));
  return [integer(1, 8), block(7, graph), opset('', 17), opset('com.microsoft', 1)].flat(9);
}
