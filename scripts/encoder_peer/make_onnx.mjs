// The encoder of a checkpoint folder (BERT or DistilBERT, float32) as two ONNX models beside it:
//   node make_onnx.mjs FOLDER
// model_plain.onnx has plain operators, as an export from a framework has them; model_fused.onnx those operators of
// com.microsoft that onnxruntime's transformer optimizer aims at. Inputs: input_ids, attention_mask[, token_type_ids],
// int64 [batch, sequence]; output: last_hidden_state.
import fs from 'node:fs';
import path from 'node:path';
import { kFloat, kInt32, kInt64, model, node, tensorProto, valueInfo } from '../lib/onnx_bytes.mjs';

const folder = process.argv[2];
const config = JSON.parse(fs.readFileSync(path.join(folder, 'config.json'), 'utf8'));
const isBert = config.model_type === 'bert';
const hiddenSize = config.dim ?? config.hidden_size;
const numLayers = config.n_layers ?? config.num_hidden_layers;
const numHeads = config.n_heads ?? config.num_attention_heads;
const epsilon = config.layer_norm_eps ?? 1e-12;
const names = isBert
  ? { layer: 'encoder.layer', q: 'attention.self.query', k: 'attention.self.key', v: 'attention.self.value', o: 'attention.output.dense', n1: 'attention.output.LayerNorm', f1: 'intermediate.dense', f2: 'output.dense', n2: 'output.LayerNorm' }
  : { layer: 'transformer.layer', q: 'attention.q_lin', k: 'attention.k_lin', v: 'attention.v_lin', o: 'attention.out_lin', n1: 'sa_layer_norm', f1: 'ffn.lin1', f2: 'ffn.lin2', n2: 'output_layer_norm' };

// ---------------------------------------------------------------- the checkpoint
const bytes = fs.readFileSync(path.join(folder, 'model.safetensors'));
const headerSize = Number(bytes.readBigUInt64LE(0));
const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerSize));
function tensor(name) {
  const entry = header[name] ?? header[`${config.model_type}.${name}`];
  if (entry?.dtype !== 'F32') throw new Error(`${folder}: no float32 tensor ${name}`);
  const [begin, end] = entry.data_offsets.map((x) => bytes.byteOffset + 8 + headerSize + x);
  return { dims: entry.shape, data: new Float32Array(bytes.buffer.slice(begin, end)) };
}
function transposed({ dims: [rows, columns], data }) {
  const result = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = data[r * columns + c];
  return { dims: [columns, rows], data: result };
}
/** [in, a], [in, b], ... -> [in, a + b + ...] */
function beside(parts) {
  const [rows] = parts[0].dims, width = parts.reduce((sum, part) => sum + part.dims[1], 0), data = new Float32Array(rows * width);
  let begin = 0;
  for (const { dims, data: from } of parts) {
    for (let r = 0; r < rows; r++) data.set(from.subarray(r * dims[1], (r + 1) * dims[1]), r * width + begin);
    begin += dims[1];
  }
  return { dims: [rows, width], data };
}

// ---------------------------------------------------------------- a graph as it grows
class Graph {
  nodes = [];
  initializers = new Map();
  count = 0;
  weight(name, { dims, data }) {
    this.initializers.set(name, tensorProto(name, dims, kFloat, data));
    return name;
  }
  integers(...values) {
    const name = `integers_${values.join('_')}`;
    this.initializers.set(name, tensorProto(name, [values.length], kInt64, BigInt64Array.from(values.map(BigInt))));
    return name;
  }
  scalar(value) {
    return this.weight(`number_${value}`, { dims: [], data: Float32Array.of(value) });
  }
  op(type, inputs, { domain = '', outputs = 1, output = '', ...attributes } = {}) {
    const made = output ? [output] : Array.from({ length: outputs }, (_, i) => `value_${this.count}_${i}`);
    this.count += 1;
    this.nodes.push(node(type, inputs, made, attributes, domain));
    return made[0];
  }
  save(file) {
    const inputs = ['input_ids', 'attention_mask', ...(isBert ? ['token_type_ids'] : [])];
    const parts = model('encoder', this.nodes, [...this.initializers.values()], inputs.map((x) => valueInfo(x, kInt64, ['batch', 'sequence'])), [valueInfo('last_hidden_state', kFloat, ['batch', 'sequence', hiddenSize])]);
    const out = fs.openSync(file, 'w');
    for (const part of parts) fs.writeSync(out, part);
    fs.closeSync(out);
  }
}

// ---------------------------------------------------------------- the two graphs
const embeddings = (graph, kind) => graph.weight(`${kind}_embeddings`, tensor(`embeddings.${kind}_embeddings.weight`));
const matrix = (graph, name) => graph.weight(`${name}.weight`, transposed(tensor(`${name}.weight`)));
const bias = (graph, name) => graph.weight(`${name}.bias`, tensor(`${name}.bias`));
const gain = (graph, name) => graph.weight(`${name}.gain`, tensor(`${name}.weight`));
const norm = (graph, name) => [gain(graph, name), bias(graph, name)];

function fused() {
  const graph = new Graph(), microsoft = { domain: 'com.microsoft' };
  const int32 = (x) => graph.op('Cast', [x], { to: kInt32 });
  const mask = int32('attention_mask');
  let x = graph.op('EmbedLayerNormalization', [int32('input_ids'), isBert ? int32('token_type_ids') : '', embeddings(graph, 'word'), embeddings(graph, 'position'), isBert ? embeddings(graph, 'token_type') : '', ...norm(graph, 'embeddings.LayerNorm')], { ...microsoft, outputs: 2, epsilon });
  for (let i = 0; i < numLayers; i++) {
    const p = `${names.layer}.${i}.`, product = (value, name) => graph.op('MatMul', [value, matrix(graph, name)]);
    const three = [names.q, names.k, names.v].map((n) => p + n);
    const weight = graph.weight(`${p}qkv.weight`, beside(three.map((n) => transposed(tensor(`${n}.weight`)))));
    const biases = three.map((n) => tensor(`${n}.bias`));
    const qkvBias = graph.weight(`${p}qkv.bias`, { dims: [3 * hiddenSize], data: Float32Array.from(biases.flatMap((b) => [...b.data])) });
    const attended = graph.op('Attention', [x, weight, qkvBias, mask], { ...microsoft, num_heads: numHeads });
    x = graph.op('SkipLayerNormalization', [product(attended, p + names.o), x, ...norm(graph, p + names.n1), bias(graph, p + names.o)], { ...microsoft, epsilon });
    const wide = graph.op('BiasGelu', [product(x, p + names.f1), bias(graph, p + names.f1)], microsoft);
    x = graph.op('SkipLayerNormalization', [product(wide, p + names.f2), x, ...norm(graph, p + names.n2), bias(graph, p + names.f2)], { ...microsoft, epsilon, output: i + 1 === numLayers ? 'last_hidden_state' : '' });
  }
  return graph;
}

function plain() {
  const graph = new Graph(), { op } = graph, run = op.bind(graph), headDim = hiddenSize / numHeads;
  const linear = (x, name) => run('Add', [run('MatMul', [x, matrix(graph, name)]), bias(graph, name)]);
  const layerNorm = (x, name, output = '') => run('LayerNormalization', [x, ...norm(graph, name)], { axis: -1, epsilon, output });
  const length = run('Slice', [run('Shape', ['input_ids']), graph.integers(1), graph.integers(2), graph.integers(0)]);
  let x = run('Add', [run('Gather', [embeddings(graph, 'word'), 'input_ids']), run('Slice', [embeddings(graph, 'position'), graph.integers(0), length, graph.integers(0)])]);
  if (isBert) x = run('Add', [x, run('Gather', [embeddings(graph, 'token_type'), 'token_type_ids'])]);
  x = layerNorm(x, 'embeddings.LayerNorm');
  const valid = run('Cast', [run('Unsqueeze', ['attention_mask', graph.integers(1, 2)])], { to: kFloat });
  const mask = run('Mul', [run('Sub', [graph.scalar(1), valid]), graph.scalar(-3.4028234663852886e38)]);
  for (let i = 0; i < numLayers; i++) {
    const p = `${names.layer}.${i}.`;
    const heads = (name, perm) => run('Transpose', [run('Reshape', [linear(x, p + name), graph.integers(0, 0, numHeads, headDim)])], { perm });
    const scores = run('Div', [run('MatMul', [heads(names.q, [0, 2, 1, 3]), heads(names.k, [0, 2, 3, 1])]), graph.scalar(Math.sqrt(headDim))]);
    const weights = run('Softmax', [run('Add', [scores, mask])], { axis: -1 });
    const attended = run('Reshape', [run('Transpose', [run('MatMul', [weights, heads(names.v, [0, 2, 1, 3])])], { perm: [0, 2, 1, 3] }), graph.integers(0, 0, hiddenSize)]);
    x = layerNorm(run('Add', [linear(attended, p + names.o), x]), p + names.n1);
    const wide = linear(x, p + names.f1);
    const erf = run('Erf', [run('Div', [wide, graph.scalar(Math.SQRT2)])]);
    const gelu = run('Mul', [run('Mul', [wide, run('Add', [erf, graph.scalar(1)])]), graph.scalar(0.5)]);
    x = layerNorm(run('Add', [linear(gelu, p + names.f2), x]), p + names.n2, i + 1 === numLayers ? 'last_hidden_state' : '');
  }
  return graph;
}

fused().save(path.join(folder, 'model_fused.onnx'));
plain().save(path.join(folder, 'model_plain.onnx'));
