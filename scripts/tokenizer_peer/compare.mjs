// Random texts through the crate `tokenizers` (its Node binding): writes one JSON line a batch of texts with
// everything the crate says about them, for compare.cpp to check.
//   node compare.mjs NUM_TEXTS SEED TOKENIZER.json...
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const require = createRequire(path.join(process.env.PEER_MODULES, 'x.js'));
const { Tokenizer } = require('@anush008/tokenizers');
const [numTexts, seed] = process.argv.slice(2, 4).map(Number);
const files = process.argv.slice(4);
const kBatch = 250;

let state = (seed * 2654435761 + 1) >>> 0 || 1; // xorshift32
const below = (n) => {
  state ^= state << 13; state >>>= 0; state ^= state >>> 17; state ^= state << 5; state >>>= 0;
  return state % n;
};
const pick = (list) => list[below(list.length)];

const words = ['hello', 'World', '[MASK]', '[CLS]', '[mask]', '[MASK', '[[SEP]', 'unaffable', "don't", 'foo_bar', 'internationalization',
  'naïve', 'café', 'İ', 'ΟΔΟΣ', '中文', '한국어', '각', 'が', '\u200b', '\u00ad', '  ', '\t', '\u2028', '\u0085', '\x0b', '\x7f', '\u0000', '“quoted”', 'it’s', '—', '…',
  '<tok>', '<TOK>', 'New York', 'new york', 'NEW YORK', 'New', 'x', '1', '3.14', '$', '€5', '\u{2B820}', '\u{2B920}', '🙂', 'i\u0307', '\u0130\u0307', 'ẞ', '①', '≮', '≠',
  '##ing', 'foo##ing', 'x'.repeat(99), 'y'.repeat(101), 'é'.repeat(100), '각'.repeat(34), '\ufffd', '\ufffe', 'Москва', 'йод', 'नमस्ते', 'ไทย', 'العربية'];
const marks = [...'़゙꧀᭄ְٰ่ཱཱིིུ̣〮〯ࣔ́̈ཹ̴ͅйἀộｶﾞਖ਼שּׁ'].concat(['\u{1D165}', '\u{1D16D}', '\u{1E000}', '\u{1D15E}', '\u{1D160}', '\u{11446}', '\u{11442}', '\u{1E94A}', '\u{1E944}', '\u0344']);
const prose = 'the quick brown fox jumps over a lazy dog while nobody knows who built this small wooden bridge across that river in 1837 Unwanted Tokenizers'.split(' ');
const point = (limit) => { const c = below(limit); return String.fromCodePoint(c >= 0xd800 && c < 0xe000 ? 0x41 : c); };
function randomText() {
  let text = '';
  const style = below(4); // prose, or trouble of three kinds
  for (let n = below(14) + 1; n > 0; n--) {
    const kind = style === 0 ? (below(8) ? 5 : below(7)) : below(7);
    if (kind === 0) text += ' ';
    else if (kind === 1) text += String.fromCodePoint(32 + below(95));
    else if (kind === 2) text += pick(marks);
    else if (kind === 3) text += point(0x3000);
    else if (kind === 4) text += point(style === 1 ? 0x110000 : 0x20000);
    else if (kind === 5) text += pick(prose);
    else text += pick(words);
    if (below(style === 0 ? 1 : 3) === 0) text += pick([' ', ' ', ' ', ', ', '\n', '.']);
  }
  return text;
}

// (Of two overflowing texts the crate's windows have windows again, the same ones; no reader of it shows them.)
const describe = (e, isWindow) => ({
  ids: e.getIds(), type_ids: e.getTypeIds(), attention_mask: e.getAttentionMask(), special_tokens_mask: e.getSpecialTokensMask(),
  tokens: e.getTokens(), offsets: e.getOffsets(), word_ids: e.getWordIds().map((x) => x ?? null), sequence_ids: e.getSequenceIds().map((x) => x ?? null),
  overflowing: isWindow === true ? [] : e.getOverflowing().map((window) => describe(window, true)),
});
// Split words, which the binding does not take: as the crate, every word by itself, offsets in the word, its place as
// the word number.
async function describeWords(tokenizer, inputs) {
  const all = await tokenizer.encodeBatch(inputs.flat(), { addSpecialTokens: false });
  const [cls, sep] = ['[CLS]', '[SEP]'];
  return inputs.map((words) => {
    const special = (token) => ({ ids: [tokenizer.tokenToId(token)], tokens: [token], offsets: [[0, 0]], word_ids: [null], sequence_ids: [null], special_tokens_mask: [1] });
    const parts = [special(cls), ...words.map((_, i) => ({ ...describe(all.shift()), i })), special(sep)];
    const column = (name) => parts.flatMap((part) => part[name]);
    const ids = column('ids');
    return { ids, tokens: column('tokens'), offsets: column('offsets'), sequence_ids: column('sequence_ids'), special_tokens_mask: column('special_tokens_mask'),
      word_ids: parts.flatMap((part) => (part.i === undefined ? [null] : part.ids.map(() => part.i))),
      type_ids: ids.map(() => 0), attention_mask: ids.map(() => 1), overflowing: [] };
  });
}
// What a few questions about places answer: [token, word] of a character, tokens and characters of a word.
function questions(e, isPair) {
  const list = [];
  for (let i = 0; i < 3; i++) {
    const place = below(24), sequence = isPair ? below(2) : 0;
    list.push({ place, sequence, char_to_token: e.charToToken(place, sequence) ?? null, char_to_word: e.charToWord(place, sequence) ?? null,
      word_to_tokens: e.wordToTokens(place, sequence) ?? null, word_to_chars: e.wordToChars(place, sequence) ?? null,
      token_to_chars: place < e.getLength() ? e.tokenToChars(place) ?? null : null });
  }
  return list;
}

const tokenizers = files.map((file) => Tokenizer.fromFile(file));
const write = (line) => new Promise((done) => (process.stdout.write(line + '\n') ? done() : process.stdout.once('drain', done)));
for (let count = 0; count < numTexts; count += kBatch) {
  const number = below(tokenizers.length), tokenizer = tokenizers[number];
  const kind = pick(['text', 'text', 'text', 'pair', 'words']);
  const options = { add_special_tokens: below(4) > 0, truncation: null, padding: null };
  tokenizer.disableTruncation();
  tokenizer.disablePadding();
  if (kind === 'words') options.add_special_tokens = true;
  if (kind !== 'words' && below(3) === 0) {
    const maxLength = 6 + below(20), direction = pick(['left', 'right']);
    // A stride as long as a window makes the crate panic: texts of a pair may get three tokens.
    options.truncation = { max_length: maxLength, stride: below(kind === 'pair' ? 1 : 4), direction };
    tokenizer.setTruncation(maxLength, { stride: options.truncation.stride, direction });
  }
  if (kind !== 'words' && below(3) === 0) {
    options.padding = { length: pick([0, 0, 12, 32]), multiple: pick([1, 1, 8]), direction: pick(['left', 'right']) };
    tokenizer.setPadding({ direction: options.padding.direction, padId: tokenizer.tokenToId('[PAD]'), padToken: '[PAD]',
      ...(options.padding.length && { maxLength: options.padding.length }), ...(options.padding.multiple > 1 && { padToMultipleOf: options.padding.multiple }) });
  }
  const inputs = [];
  for (let i = 0; i < kBatch; i++) {
    if (kind === 'text') inputs.push(randomText());
    else if (kind === 'pair') inputs.push([randomText(), randomText()]);
    else inputs.push(Array.from({ length: 1 + below(6) }, () => randomText()));
  }
  const flags = { addSpecialTokens: options.add_special_tokens };
  const encodings = [];
  if (kind === 'text') encodings.push(...await tokenizer.encodeBatch(inputs, flags));
  if (kind === 'pair') for (const [text, pair] of inputs) encodings.push(await tokenizer.encode(text, pair, flags));
  const expected = kind === 'words' ? await describeWords(tokenizer, inputs) : encodings.map(describe);
  const ids = expected.map((e) => e.ids);
  await write(JSON.stringify({ tokenizer: number, kind, options, inputs, expected,
    questions: inputs.map((_, i) => (kind === 'words' ? [] : questions(encodings[i], kind === 'pair'))),
    decoded: await tokenizer.decodeBatch(ids, false), decoded_skip_special: await tokenizer.decodeBatch(ids, true) }));
}
