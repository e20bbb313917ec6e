// What the page holds, decoded when needed, and the matrices that the views draw.
const byId = id => document.getElementById(id);
const content = JSON.parse(byId('content').textContent);
const {tokens, words, layers, states, viridis} = content, count = tokens.length;
let state;

/** The numbers of a data block: little-endian, base64. */
function read(id, Type) {
  const text = atob(byId(id).textContent), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return new Type(bytes.buffer);
}

// Bytes hold 255 sqrt(weight): small weights, of which long texts are full, keep two digits.
const squares = Float32Array.from({length: 256}, (_, i) => (i / 255) ** 2), recent = new Map();

/** The weights [heads, tokens, tokens] of a layer; the last few stay decoded. */
function layerWeights(layer) {
  if (!recent.has(layer)) {
    let weights = read('attention' + layer, content.isFloat ? Float32Array : Uint8Array);
    if (!content.isFloat) weights = new Float32Array(weights).map(byte => squares[byte]);
    if (recent.size > 2) recent.delete(recent.keys().next().value);
    recent.set(layer, weights);
  }
  return recent.get(layer);
}

/** The tokens or words that the switches let through, as rows (queries) and columns (keys). */
function select() {
  const units = state.words && !/-|emb/.test(state.view) ? words : tokens;
  const isShown = ({isSpecial, text}) => isSpecial ? state.specials : state.punctuation || !/^[\p{P}\p{S}]+$/u.test(text);
  // The pair is "all", "aa", "ab", "ba" or "bb".
  const [from, to] = state.pair.slice(-2);
  const [rows, columns] = [from, to].map(letter => {
    const side = units.filter(unit => letter === 'l' || unit.isSecond === (letter === 'b')), shown = side.filter(isShown);
    return shown.length ? shown : side;
  });
  return {rows, columns, isPart: rows.length + columns.length < 2 * units.length};
}

/** Weights [rows, columns] of a head: the sum over the tokens of a column, the mean over those of a row. */
function headMatrix(layer, head, {rows, columns}) {
  const weights = layerWeights(layer), matrix = new Float32Array(rows.length * columns.length);
  rows.forEach((row, r) => {
    const part = matrix.subarray(r * columns.length, (r + 1) * columns.length);
    for (const i of row.tokens) {
      const from = (head * count + i) * count;
      columns.forEach((column, c) => {
        for (const j of column.tokens) part[c] += weights[from + j] / row.tokens.length;
      });
    }
    const total = state.renormalize && part.reduce((a, b) => a + b);
    if (total) part.forEach((weight, c) => part[c] = weight / total);
  });
  return matrix;
}

/** What is drawn of the layer: a matrix for each chosen head, for the first alone, or one that combines them. */
function makeSeries(shown) {
  const {view, combine, layer} = state, isOne = view === 'query-key' || (view === 'matrix' && combine === 'each');
  const heads = isOne ? [state.heads[0]] : state.heads, place = `Layer ${layers[layer]}, `;
  const series = heads.map(head => ({name: place + 'head ' + head, color: ink.heads[head], matrix: headMatrix(layer, head, shown)}));
  if (combine === 'each' || heads.length < 2) return series;
  const matrix = series[0].matrix.map((_, i) => {
    const weights = series.map(one => one.matrix[i]);
    return combine === 'mean' ? weights.reduce((a, b) => a + b) / weights.length : Math.max(...weights);
  });
  return [{name: `${place + combine} of ${headList()}`, color: ink.accent, matrix}];
}

const headList = () => state.heads.length < content.heads ? 'heads ' + state.heads.join(', ') : `all ${content.heads} heads`;
const indexOf = (units, token) => units.findIndex(unit => unit.tokens.includes(token));
