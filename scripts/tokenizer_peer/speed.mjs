// eigenhead and the crate `tokenizers` (its Node binding) on the same texts in turns: medians and ratios.
//   node speed.mjs SPEED_PROGRAM FOLDER ROUNDS TOKENIZER.json TEXT...      a table; rows in FOLDER/speed.json
//   node speed.mjs SPEED_PROGRAM FOLDER --lengths TOKENIZER.json TEXT...   charts by length of the texts in FOLDER
// A line of TEXT is a text. The crate runs in one thread, batches of 200 lines.
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

process.env.RAYON_NUM_THREADS = '1';
process.env.TOKENIZERS_PARALLELISM = 'false';
const require = createRequire(path.join(process.env.PEER_MODULES, 'x.js'));
const { Tokenizer } = require('@anush008/tokenizers');
const [program, folder, mode, tokenizerFile, ...texts] = process.argv.slice(2);
const kMaxBytes = 2000000; // of a text for the crate, which is slow
const kPasses = 3;
const tokenizer = Tokenizer.fromFile(tokenizerFile);
tokenizer.disablePadding();
tokenizer.disableTruncation();
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

function linesOf(file) {
  const lines = [];
  let bytes = 0;
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    if (bytes > kMaxBytes && lines.length) break;
    lines.push(line);
    bytes += Buffer.byteLength(line) + 1;
  }
  return { lines, bytes };
}
// As speed.cpp: the fastest of several passes for every part of the text.
async function runCrate({ lines, bytes }) {
  const fastest = [];
  let tokens = 0;
  for (let pass = 0; pass < kPasses; pass++)
    for (let i = 0, part = 0; i < lines.length; i += 200, part++) {
      const start = process.hrtime.bigint();
      for (const encoding of await tokenizer.encodeBatch(lines.slice(i, i + 200))) tokens += encoding.getIds().length;
      fastest[part] = Math.min(fastest[part] ?? Infinity, Number(process.hrtime.bigint() - start) / 1e9);
    }
  return { rate: bytes / 1e6 / fastest.reduce((a, b) => a + b, 0), tokens: tokens / kPasses };
}
function runOurs(file, count) {
  const { bytes, tokens, cases } = JSON.parse(execFileSync(program, [tokenizerFile, file, String(count)]));
  return { tokens, rates: Object.fromEntries(Object.entries(cases).map(([name, seconds]) => [name, bytes / 1e6 / seconds])) };
}

async function compare(file, rounds) {
  const text = linesOf(file), crate = [], ours = {}, ratios = {};
  for (let round = 0; round < rounds; round++) {
    const peer = await runCrate(text), our = runOurs(file, text.lines.length);
    if (peer.tokens !== our.tokens) throw new Error(`${file}: ${our.tokens} tokens, the crate has ${peer.tokens}`);
    crate.push(peer.rate);
    for (const [name, rate] of Object.entries(our.rates)) {
      (ours[name] ??= []).push(rate);
      (ratios[name] ??= []).push(rate / peer.rate);
    }
  }
  return { crate: median(crate), cases: Object.fromEntries(Object.keys(ours).map((name) => [name, { rate: median(ours[name]), ratio: median(ratios[name]), spread: [Math.min(...ratios[name]), Math.max(...ratios[name])] }])) };
}

async function table() {
  const rows = {};
  for (const file of texts) {
    const row = (rows[path.basename(file)] = await compare(file, Number(mode)));
    console.log(`${path.basename(file)}: crate ${row.crate.toFixed(2)} MB/s`);
    for (const [name, { rate, ratio, spread }] of Object.entries(row.cases))
      console.log(`  ${name.padEnd(26)} ${rate.toFixed(0).padStart(5)} MB/s  ${ratio.toFixed(0).padStart(4)} x  (${spread.map((x) => x.toFixed(0)).join(' to ')})`);
  }
  fs.writeFileSync(path.join(folder, 'speed.json'), JSON.stringify(rows, null, 1));
}

/** Texts of about `size` bytes, a line each, cut from `text` between characters. */
function cut(text, size, total) {
  const bytes = Buffer.from(text.slice(0, total)), lines = [];
  for (let begin = 0; begin + size <= bytes.length || lines.length === 0;) {
    let end = Math.min(begin + size, bytes.length);
    while (end < bytes.length && (bytes[end] & 0xc0) === 0x80) end++;
    lines.push(bytes.toString('utf8', begin, end));
    begin = end;
  }
  return lines.join('\n') + '\n';
}
async function lengths() {
  const sizes = [16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576];
  const label = (n) => (n < 1024 ? `${n}` : n < 1048576 ? `${n / 1024} K` : '1 M');
  const ours = {}, crate = {};
  const file = path.join(folder, 'lengths.txt');
  for (const source of texts) {
    const name = path.basename(source, '.txt'), text = fs.readFileSync(source, 'utf8').replaceAll('\n', ' ');
    for (const size of sizes) {
      fs.writeFileSync(file, cut(text, size, 1100000));
      const { crate: rate, cases } = await compare(file, 1);
      (ours[name] ??= []).push(cases['ids by line'].rate);
      (crate[`crate, ${name}`] ??= []).push(rate);
    }
    console.log(name, ours[name].map((x) => x.toFixed(0)).join(' '), '| crate', crate[`crate, ${name}`].map((x) => x.toFixed(2)).join(' '));
  }
  const common = { x_label: 'Bytes of a text', labels: sizes.map(label) };
  const charts = { tokenizer_lengths: { title: 'Ids only, one call a text, one thread', ...common, series: { ...ours, 'the crate, best': sizes.map((_, i) => Math.max(...Object.values(crate).map((x) => x[i]))) } } };
  fs.writeFileSync(path.join(folder, 'charts.json'), JSON.stringify(charts));
  execFileSync(program, ['--plot', path.join(folder, 'charts.json'), folder]);
}

await (mode === '--lengths' ? lengths() : table());
