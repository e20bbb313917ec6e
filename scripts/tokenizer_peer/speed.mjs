// eigenhead and the crate `tokenizers` (its Node binding) on the same texts in turns: medians and ratios.
//   node speed.mjs SPEED_PROGRAM FOLDER table ROUNDS TOKENIZER.json TEXT...
//   node speed.mjs SPEED_PROGRAM FOLDER report PAGE.md TEXTS_FOLDER TOKENIZER.json...
// A line of TEXT is a text. The crate runs in one thread, batches of 200 lines. `report` writes a table and two charts, by
// length and by vocabulary, into PAGE.md and beside it; the first tokenizer is for the table and the lengths,
// the others, where there are any, for the vocabularies.
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

process.env.RAYON_NUM_THREADS = '1';
process.env.TOKENIZERS_PARALLELISM = 'false';
const require = createRequire(path.join(process.env.PEER_MODULES, 'x.js'));
const { Tokenizer } = require('@anush008/tokenizers');
const [program, folder, mode, ...rest] = process.argv.slice(2);
const kMaxBytes = 2000000; // of a text for the crate, which is slow
const kPasses = 3;
let tokenizer, tokenizerFile;
function use(file) {
  tokenizerFile = file;
  tokenizer = Tokenizer.fromFile(file);
  tokenizer.disablePadding();
  tokenizer.disableTruncation();
}
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

function linesOf(file) {
  const lines = [];
  let bytes = 0;
  for (const line of fs.readFileSync(file, 'utf8').replace(/\n$/, '').split('\n')) {
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

async function table(rounds, texts) {
  const rows = {};
  for (const file of texts) {
    const row = (rows[path.basename(file, '.txt')] = await compare(file, rounds));
    console.log(`${path.basename(file)}: crate ${row.crate.toFixed(2)} MB/s`);
    for (const [name, { rate, ratio, spread }] of Object.entries(row.cases))
      console.log(`  ${name.padEnd(26)} ${rate.toFixed(0).padStart(5)} MB/s  ${ratio.toFixed(0).padStart(4)} x  (${spread.map((x) => x.toFixed(0)).join(' to ')})`);
  }
  return rows;
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
/** MB/s of ids alone and of the crate for texts of `size` bytes cut from `source`. */
async function rates(source, size) {
  const file = path.join(folder, 'cut.txt');
  fs.writeFileSync(file, cut(fs.readFileSync(source, 'utf8').replaceAll('\n', ' '), size, 1100000));
  const { crate, cases } = await compare(file, 1);
  return { ours: cases['ids by line'].rate, crate };
}
const languages = { kjv: 'English', man_fr: 'French', man_ru: 'Russian', man_ja: 'Japanese', man_zh_CN: 'Chinese' };
/** A chart: a line for each of our `sources` over `positions`, and the crate on the text that suits it best. */
async function chart(title, x_label, positions, sources, measure) {
  const series = {}, crate = positions.map(() => 0);
  for (const source of sources) {
    const name = languages[path.basename(source, '.txt')];
    series[name] = [];
    for (const [i, position] of positions.entries()) {
      const rate = await measure(source, position.value);
      series[name].push(rate.ours);
      crate[i] = Math.max(crate[i], rate.crate);
    }
    console.log(title, name, series[name].map((x) => x.toFixed(0)).join(' '));
  }
  return { title, x_label, y_label: 'MB/s', labels: positions.map((p) => p.label), series: { ...series, 'the crate': crate } };
}

async function report(page, textsFolder, tokenizers) {
  const text = (name) => path.join(textsFolder, `${name}.txt`);
  use(tokenizers[0]);
  const rows = await table(5, ['wordnet', 'kjv', 'one_text', 'multilingual'].map(text));
  const cell = ({ rate, ratio }) => `${rate.toFixed(0)} (${ratio.toFixed(0)} x)`;
  const names = Object.keys(rows.wordnet.cases);
  const lines = [`| text | the crate | ${names.join(' | ')} |`, `|---|---:|${names.map(() => '---:').join('|')}|`,
    ...Object.entries(rows).map(([name, { crate, cases }]) => `| ${name} | ${crate.toFixed(2)} | ${names.map((n) => cell(cases[n])).join(' | ')} |`)];
  const before = fs.readFileSync(page, 'utf8');
  const marks = /(<!-- table -->\n)[^]*?(<!-- end of table -->)/;
  if (!marks.test(before)) throw new Error(`${page} must have the marks <!-- table --> and <!-- end of table -->`);
  fs.writeFileSync(page, before.replace(marks, (_, begin, end) => `${begin}${lines.join('\n')}\n${end}`));

  const sources = Object.keys(languages).map(text);
  const sizes = [16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576];
  const label = (n) => (n < 1024 ? `${n}` : n < 1048576 ? `${n / 1024} K` : '1 M');
  const charts = {
    tokenizer_lengths: await chart('Ids alone, one call a text, one thread', 'Bytes of a text', sizes.map((value) => ({ value, label: label(value) })), sources, rates),
    tokenizer_vocabularies: await chart('Texts of 4 KB, ids alone, one thread', 'Vocabulary', tokenizers.slice(tokenizers.length > 1 ? 1 : 0).map((value) => ({ value, label: path.basename(path.dirname(value)).replace(/^bert-base-|-uncased$/g, '') })), sources,
      (source, file) => (use(file), rates(source, 4096))),
  };
  fs.writeFileSync(path.join(folder, 'charts.json'), JSON.stringify(charts));
  execFileSync(program, ['--plot', path.join(folder, 'charts.json'), path.dirname(page)]);
}

if (mode === 'report') {
  await report(rest[0], rest[1], rest.slice(2));
} else {
  use(rest[1]);
  await table(Number(rest[0]), rest.slice(2));
}
