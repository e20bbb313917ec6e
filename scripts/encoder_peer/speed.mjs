// eigenhead and onnxruntime on the same checkpoint and token ids, in turns.
//   node speed.mjs SPEED_PROGRAM THREADS ROUNDS PRECISION IDS.jsonl FOLDER...
// A FOLDER holds config.json, model.safetensors and what make_onnx.mjs writes. onnxruntime's time is that of the faster
// of its two graphs, round by round. Prints Markdown tables.
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Talker } from '../lib/talker.mjs';

const require = createRequire(path.join(process.env.PEER_MODULES, 'x.js'));
const ort = require('onnxruntime-node');
const kGraphs = ['plain', 'fused'];
const kShapes = [[1, 16], [1, 128], [8, 128], [32, 32], [2, 512]];
const sessionOf = (folder, graph, threads) =>
  ort.InferenceSession.create(path.join(folder, `model_${graph}.onnx`), { intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: 'all', logSeverityLevel: 3 });
const seconds = (start) => Number(process.hrtime.bigint() - start) / 1e9;
const peakMegabytes = () => Number(fs.readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+)/)[1]) * 1024 / 1e6;
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

if (process.argv[2] === '--load') { // a process of its own: how long one session takes, and its memory
  const start = process.hrtime.bigint();
  await sessionOf(process.argv[3], process.argv[4], Number(process.argv[5]));
  console.log(JSON.stringify({ seconds: seconds(start), peak_mb: peakMegabytes() }));
  process.exit(0);
}

const [program, threadsText, roundsText, precision, idsFile, ...folders] = process.argv.slice(2);
const threads = Number(threadsText), rounds = Number(roundsText);
const texts = fs.readFileSync(idsFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

/** Rows of ids, padded to the longest. */
function inputsOf(session, rows) {
  const length = Math.max(...rows.map((row) => row.length)), dims = [rows.length, length];
  const ids = new BigInt64Array(rows.length * length), mask = new BigInt64Array(rows.length * length);
  rows.forEach((row, b) => row.forEach((id, t) => { ids[b * length + t] = BigInt(id); mask[b * length + t] = 1n; }));
  const all = { input_ids: ids, attention_mask: mask, token_type_ids: new BigInt64Array(rows.length * length) };
  return Object.fromEntries(session.inputNames.map((name) => [name, new ort.Tensor('int64', all[name], dims)]));
}
/** The same ids as in speed.cpp. */
const idsOf = (batch, length) => Array.from({ length: batch }, (_, b) => Array.from({ length }, (_, t) => 1000 + ((b * length + t) * 7919) % 20000));
const batchesOf = (rows) => Array.from({ length: Math.ceil(rows.length / 32) }, (_, i) => rows.slice(32 * i, 32 * i + 32));

/** The program as a server: a line in, seconds out. */
async function serve(folder) {
  const talker = new Talker(program, ['serve', folder, String(threads), idsFile, precision], true);
  await talker.answer(); // ready
  return { measure: async (name) => Number(await talker.ask(name)), end: () => talker.end() };
}
/** Until the threads of onnxruntime, which after a run keep their cores busy waiting for another one, sleep. */
const rest = () => (threads > 1 ? new Promise((resolve) => setTimeout(resolve, 200)) : undefined);
async function timeSession(session, batches) {
  const start = process.hrtime.bigint();
  for (const batch of batches) await session.run(batch);
  return seconds(start);
}

/** Medians over the rounds of ours and of the faster graph, and of their ratio. */
async function compare(server, sessions, name, batches) {
  const inputs = batches.map((rows) => inputsOf(sessions[0], rows));
  const ours = [], peers = [], ratios = [];
  for (let round = -1; round < rounds; round++) { // round -1 warms up
    const times = [];
    for (const session of sessions) {
      times.push(await timeSession(session, inputs));
      await rest();
    }
    const peer = Math.min(...times), our = await server.measure(name);
    if (round < 0) continue;
    ours.push(our);
    peers.push(peer);
    ratios.push(peer / our);
  }
  return { ours: median(ours), peer: median(peers), ratio: median(ratios), best: Math.max(...ratios), worst: Math.min(...ratios) };
}
function row(name, tokens, result) {
  const rate = (time) => (tokens / time).toFixed(0);
  console.log(`| ${name} | ${rate(result.ours)} | ${rate(result.peer)} | **${result.ratio.toFixed(2)}** | ${result.worst.toFixed(2)} to ${result.best.toFixed(2)} |`);
}

async function speeds(folder) {
  const server = await serve(folder), sessions = [];
  for (const graph of kGraphs) sessions.push(await sessionOf(folder, graph, threads));
  console.log(`\n### ${path.basename(folder)}, ${threads} thread${threads > 1 ? 's' : ''}\n`);
  console.log('| workload | eigenhead, tokens/s | onnxruntime, tokens/s | ratio | spread |\n|---|---|---|---|---|');
  for (const [batch, length] of kShapes) {
    const name = `B${batch} S${length}`;
    row(name, batch * length, await compare(server, sessions, name, [idsOf(batch, length)]));
  }
  const tokens = texts.reduce((sum, text) => sum + text.length, 0);
  const sorted = [...texts].sort((a, b) => a.length - b.length);
  row(`${texts.length} sentences as they come`, tokens, await compare(server, sessions, 'ragged', batchesOf(texts)));
  row(`${texts.length} sentences, theirs sorted by length`, tokens, await compare(server, sessions, 'ragged', batchesOf(sorted)));
  const slower = [];
  for (let round = 0; round <= rounds; round++) { // round 0 warms up
    const without = await server.measure('B8 S128');
    slower.push((await server.measure('B8 S128 everything')) / without);
  }
  console.log(`\nAll attentions and hidden states, B8 S128: ${median(slower.slice(1)).toFixed(3)} times the time without.`);
  server.end();
}

function loads(folder) {
  const fileMegabytes = fs.statSync(path.join(folder, 'model.safetensors')).size / 1e6;
  const runs = (command, args) => Array.from({ length: 3 }, () => JSON.parse(execFileSync(command, args)));
  const best = (results) => Math.min(...results.map((x) => x.seconds));
  const ours = runs(program, ['load', folder, '2', precision]);
  const peers = kGraphs.map((graph) => runs(process.execPath, [process.argv[1], '--load', folder, graph, '2']));
  const peer = peers.reduce((a, b) => (best(a) < best(b) ? a : b));
  console.log(`| ${path.basename(folder)} | ${fileMegabytes.toFixed(0)} MB | ${best(ours).toFixed(3)} s | ${best(peer).toFixed(3)} s | ${(best(peer) / best(ours)).toFixed(1)} | ${median(ours.map((x) => x.peak_mb)).toFixed(0)} MB | ${median(peer.map((x) => x.peak_mb)).toFixed(0)} MB |`);
}

/// The least cosine between the mean-pooled rows of two hidden states [2, 128, C].
function cosine(hidden, exact) {
  const pooled = (values) => {
    const size = values.length / (2 * 128), sums = [new Float64Array(size), new Float64Array(size)];
    values.forEach((x, i) => { sums[Math.floor(i / (128 * size))][i % size] += x; });
    return sums;
  };
  const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  const theirs = pooled(exact);
  return Math.min(...pooled(hidden).map((a, i) => dot(a, theirs[i]) / Math.sqrt(dot(a, a) * dot(theirs[i], theirs[i]))));
}

const doublesIn = (file) => { const data = fs.readFileSync(file); return new Float64Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length)); };
async function accuracy(folder) {
  const hidden = (scalar) => { const file = path.join(folder, `${scalar}.raw`); execFileSync(program, ['hidden', folder, scalar, file, precision]); return doublesIn(file); };
  const exact = hidden('double');
  const cells = [];
  const add = (values) => {
    let largest = 0, squares = 0;
    values.forEach((x, i) => { largest = Math.max(largest, Math.abs(x - exact[i])); squares += (x - exact[i]) ** 2; });
    cells.push(`${largest.toExponential(2)} / ${Math.sqrt(squares / exact.length).toExponential(2)} / ${(1 - cosine(values, exact)).toExponential(1)}`);
    if (!(largest < (precision === 'medium' ? 0.3 : 1e-3))) throw new Error(`${folder}: not the same model, ${largest}`);
  };
  add(hidden('float'));
  for (const graph of kGraphs) {
    const session = await sessionOf(folder, graph, threads);
    add(Float64Array.from((await session.run(inputsOf(session, idsOf(2, 128)))).last_hidden_state.data));
  }
  console.log(`| ${path.basename(folder)} | ${cells.join(' | ')} |`);
}

console.log('Error of last_hidden_state against float64, largest / root mean square / 1 - cosine of the mean-pooled rows, B2 S128\n');
console.log('| model | eigenhead | onnxruntime plain | onnxruntime fused |\n|---|---|---|---|');
for (const folder of folders) await accuracy(folder);
console.log('\nFrom the folder to the first embedding, and creation of a session; warm file cache, two threads\n');
console.log('| model | file | eigenhead | onnxruntime | ratio | our peak memory | theirs |\n|---|---|---|---|---|---|---|');
folders.forEach(loads);
for (const folder of folders) await speeds(folder);
