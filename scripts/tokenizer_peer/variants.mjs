// Writes variants of a tokenizer.json that change how texts are encoded, and prints their names.
//   node variants.mjs TOKENIZER.json OUTPUT_PREFIX
import fs from 'node:fs';

const [input, prefix] = process.argv.slice(2);
const base = JSON.parse(fs.readFileSync(input, 'utf8'));
const first = Math.max(...Object.values(base.model.vocab), ...base.added_tokens.map((t) => t.id)) + 1;
const token = (id, content, flags = {}) => ({ id: first + id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: false, ...flags });

const variants = {
  plain: () => {},
  raw_tokens: (t) => t.added_tokens.push(
    token(0, '<tok>', { lstrip: true, rstrip: true, special: true }), token(1, 'New', { single_word: true }), token(2, 'New York', { rstrip: true }),
    token(3, 'x', { single_word: true, lstrip: true }), token(4, '中')),
  normalized_tokens: (t) => t.added_tokens.push(
    token(0, 'New York', { single_word: true, rstrip: true, normalized: true }), token(1, 'naïve', { lstrip: true, normalized: true, special: true }),
    token(2, 'New', { single_word: true, lstrip: true, normalized: true }), token(3, '<tok>'), token(4, '中', { normalized: true })),
  unclean: (t) => Object.assign(t.normalizer, { clean_text: false, strip_accents: !t.normalizer.lowercase }),
  plain_letters: (t) => { Object.assign(t.normalizer, { handle_chinese_chars: false, strip_accents: false }); t.model.max_input_chars_per_word = 12; },
};
for (const [name, change] of Object.entries(variants)) {
  const tokenizer = structuredClone(base);
  tokenizer.truncation = tokenizer.padding = null;
  change(tokenizer);
  const file = `${prefix}-${name}.json`;
  fs.writeFileSync(file, JSON.stringify(tokenizer));
  console.log(file);
}
