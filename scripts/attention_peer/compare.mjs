// eigenhead, onnxruntime (MultiHeadAttention of com.microsoft, through its Node binding) and PyTorch where it is, on the
// same attention in turns, one thread each: GFLOP/s and ratios of medians. Results of the first two must agree.
//   node compare.mjs SPEED_PROGRAM FOLDER ROUNDS LENGTH...       a table; charts in FOLDER/charts.json
// A mask of padding leaves three quarters of the keys; GFLOP/s then count the operations on these only.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';
import { kFloat, kInt32, model, node, valueInfo } from '../lib/onnx_bytes.mjs';
import { Talker } from '../lib/talker.mjs';

const require = createRequire(path.join(process.env.PEER_MODULES, 'x.js'));
const ort = require('onnxruntime-node');
const [program, folder, rounds, ...lengths] = process.argv.slice(2);
const kHeads = 12, kHeadDim = 64, kWidth = kHeads * kHeadDim, kSeconds = 0.2;
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

// ---- onnxruntime: a model of one node

function attentionModel(isPadded) {
  const wide = ['B', 'S', kWidth], inputs = ['query', 'key', 'value'].map((name) => valueInfo(name, kFloat, wide));
  if (isPadded) inputs.push(valueInfo('mask', kInt32, ['B', 'S']));
  const names = isPadded ? ['query', 'key', 'value', '', 'mask'] : ['query', 'key', 'value'];
  const attention = node('MultiHeadAttention', names, ['output'], { num_heads: kHeads }, 'com.microsoft');
  return new Uint8Array(Buffer.concat(model('attention', [attention], [], inputs, [valueInfo('output', kFloat, wide)])));
}
function uniform(length, seed) { // as in speed.cpp
  const x = new Float32Array(length * kWidth);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let i = 0; i < x.length; i++) {
    state ^= state << 13; state >>>= 0; state ^= state >>> 17; state ^= state << 5; state >>>= 0;
    x[i] = state / 2147483648 - 1;
  }
  return new ort.Tensor('float32', x, [1, length, kWidth]);
}
function feedsOf(length, isPadded) {
  const feeds = { query: uniform(length, 1), key: uniform(length, 2), value: uniform(length, 3) };
  if (isPadded) {
    const mask = new Int32Array(length).fill(1, 0, Math.ceil((3 * length) / 4));
    feeds.mask = new ort.Tensor('int32', mask, [1, length]);
  }
  return feeds;
}
async function runOrt(session, feeds) {
  const { data } = (await session.run(feeds)).output;
  const times = [];
  for (let sum = 0; sum < kSeconds || times.length < 3; sum += times[times.length - 1]) {
    const begin = process.hrtime.bigint();
    await session.run(feeds);
    times.push(Number(process.hrtime.bigint() - begin) / 1e9);
  }
  return { seconds: median(times), some: [data[0], data[data.length / 2], data[data.length - 1]] };
}

// ---- in turns

const precision = process.env.PRECISION ?? 'highest', tolerance = precision === 'medium' ? 1e-2 : 1e-4;
const ours = new Talker(program, [String(kSeconds), precision]);
let torch = new Talker(process.env.PEER_PYTHON ?? 'python3', [path.join(import.meta.dirname ?? path.dirname(process.argv[1]), 'torch_attention.py'), String(kSeconds)]);
const torchVersion = JSON.parse((await torch.answer().catch(() => null)) ?? '{}').version;
if (!torchVersion) torch = null;
const ortVersion = require('onnxruntime-node/package.json').version;
console.log(`12 heads of 64, one thread, precision ${precision}, medians of ${rounds} rounds in turns; onnxruntime ${ortVersion}, ${torchVersion ? `PyTorch ${torchVersion}` : 'no PyTorch here'}`);
console.log('length  mask        GFLOP/s: eigenhead  onnxruntime   PyTorch   times faster than onnxruntime (least - most)   than PyTorch');

const charts = {};
for (const mask of ['none', 'padding']) {
  const session = await ort.InferenceSession.create(attentionModel(mask === 'padding'),
    { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all', logSeverityLevel: 3 });
  const series = { eigenhead: [], onnxruntime: [], ...(torch ? { PyTorch: [] } : {}) };
  for (const length of lengths.map(Number)) {
    const feeds = feedsOf(length, mask === 'padding');
    const times = { eigenhead: [], onnxruntime: [], PyTorch: [] };
    for (let round = 0; round < Number(rounds); round++) {
      const our = JSON.parse(await ours.ask(`${length} ${mask}`)), peer = await runOrt(session, feeds);
      our.some.forEach((value, i) => {
        if (!(Math.abs(value - peer.some[i]) < tolerance)) throw new Error(`length ${length}, mask ${mask}: ${our.some} is not ${peer.some}`);
      });
      times.eigenhead.push(our.seconds);
      times.onnxruntime.push(peer.seconds);
      if (torch) times.PyTorch.push(JSON.parse(await torch.ask(`${length} ${mask}`)).seconds);
    }
    const useful = (4 * kWidth * length * (mask === 'padding' ? Math.ceil((3 * length) / 4) : length)) / 1e9;
    const rate = (name) => (times[name].length ? useful / median(times[name]) : NaN);
    const ratios = (name) => times[name].map((seconds, i) => seconds / times.eigenhead[i]);
    const show = (value, width, digits) => (Number.isNaN(value) ? '-' : value.toFixed(digits)).padStart(width);
    const ort_ = ratios('onnxruntime');
    console.log(`${String(length).padStart(6)}  ${mask.padEnd(8)}${show(rate('eigenhead'), 22, 1)}${show(rate('onnxruntime'), 13, 1)}${show(rate('PyTorch'), 10, 1)}` +
      `${show(median(ort_), 16, 2)} (${Math.min(...ort_).toFixed(2)} - ${Math.max(...ort_).toFixed(2)})${show(torch ? median(ratios('PyTorch')) : NaN, 30, 2)}`);
    for (const name of Object.keys(series)) series[name].push(rate(name));
  }
  charts[`attention_${mask}`] = { title: mask === 'none' ? 'Attention without a mask' : 'Attention with padding: operations on valid keys', x_label: 'Number of queries and keys', y_label: 'GFLOP/s', labels: lengths, series };
  await session.release?.();
}
fs.writeFileSync(path.join(folder, 'charts.json'), JSON.stringify(charts, null, 1));
ours.end();
torch?.end();
process.exit(0);
