// Embedding view: every token as a point, for every state. Query-key view: what a score is made of.
function drawEmbeddings(shown, _, room) {
  // [states, tokens, 2], from 0 to 1 over all states
  const points = read('points', Float32Array);
  const width = Math.max(420, Math.min(940, room)), height = Math.round(0.68 * width + 70);
  const box = {x: 40, y: 52, width: width - 56, height: height - 92};
  const at = (s, token) => [box.x + box.width * points[2 * (s * count + token)], box.y + box.height * (1 - points[2 * (s * count + token) + 1])];
  const svg = openPicture(width, height, states[state.state],
    'a point is a token, hollow in a second sentence; the line is the way of the marked token through all states', shown);
  drawFrame(svg, box);
  label(svg, box.x + box.width / 2, box.y + box.height + 18, content.xLabel, 'middle');
  label(svg, 22, box.y + box.height / 2, content.yLabel, 'middle', ink.ink, 12, -90);
  const dots = shown.rows.map(unit => [unit, ...at(state.state, unit.tokens[0])]);
  const taken = dots.map(([, x, y]) => [x - 5, y - 5, x + 5, y + 5]);
  for (const [unit, cx, cy] of dots) {
    const color = unit.isSpecial ? ink.muted : ink.accent, w = textWidth(shorten(unit.text)) + 2;
    // The first place beside the point where nothing stands; without one, the name shows on hover.
    const free = [[8, -7], [-8 - w, -7], [-w / 2, -21], [-w / 2, 7], [6, -18], [-6 - w, -18], [6, 5], [-6 - w, 5]]
      .map(([dx, dy]) => [cx + dx, cy + dy, cx + dx + w, cy + dy + 14])
      .find(([l, t, r, b]) => l > box.x && r < box.x + box.width && t > box.y && b < box.y + box.height &&
        !taken.some(other => l < other[2] && other[0] < r && t < other[3] && other[1] < b));
    const [x, y] = free || [cx, cy];
    const group = drawToken(svg, free ? unit : {...unit, text: ''}, 'query', {x, y, width: free ? w : 0, height: 14}, x + 1);
    add(group, 'circle', {cx, cy, r: 4.5, fill: unit.isSecond ? ink.ground : color, stroke: color, 'stroke-width': 1.5});
    if (free) taken.push(free);
  }
  const trail = add(svg, 'g', {fill: 'none', stroke: ink.warm, opacity: 0.7, 'stroke-width': 2});
  function highlight({token = -1}) {
    trail.replaceChildren();
    if (token < 0) return;
    add(trail, 'path', {d: 'M' + states.map((_, s) => at(s, token).map(round).join(' ')).join('L')});
    const [cx, cy] = at(state.state, token);
    add(trail, 'circle', {cx, cy, r: 7});
  }
  return {svg, highlight};
}

function drawQueryKey(shown, [{name, at}], room) {
  const {rows, columns} = shown, head = state.heads[0], size = content.headSize;
  const [queryOf, keyOf] = ['query', 'key'].map(kind => {
    const values = read(kind + state.layer, content.isFloat ? Float32Array : Int16Array), scale = content.scales[kind][state.layer];
    return ({tokens: [i]}) => Array.from({length: size}, (_, d) => scale * values[(head * count + i) * size + d]);
  });
  const chosenRow = Math.max(0, indexOf(rows, state.token)), chosen = Math.max(0, indexOf(columns, state.key));
  const left = 14 + Math.max(60, widest(columns)), top = 250, step = 18;
  const cell = Math.max(3, Math.min(14, Math.floor((room - left - 190) / size))), right = left + cell * size;
  const query = queryOf(rows[chosenRow]), products = columns.map(unit => keyOf(unit).map((value, d) => value * query[d]));
  const svg = openPicture(right + 176, top + columns.length * step + 14,
    `${name}: query ${shorten(rows[chosenRow].text)}, key ${shorten(columns[chosen].text)}`,
    `score = sum over ${size} dimensions of query \u00d7 key / \u221a${size}; blue is positive, orange negative`, shown);
  const largest = values => Math.max(...values.map(Math.abs)) || 1;
  Object.entries({query, key: keyOf(columns[chosen]), product: products[chosen]}).forEach(([kind, values], i) => {
    const y = 76 + 52 * i, most = largest(values);
    label(svg, left - 8, y, kind, 'end', ink.muted);
    label(svg, right + 8, y, '\u00b1 ' + most.toPrecision(3), 'start', ink.muted);
    values.forEach((value, d) => add(svg, 'rect', {x: left + d * cell + 0.5, width: cell - 1, y: y - 22 * Math.max(0, value / most),
      height: 22 * Math.abs(value / most), fill: value > 0 ? ink.accent : ink.warm}));
  });
  label(svg, left, top - 16, 'products with keys', 'start', ink.muted);
  label(svg, right + 72, top - 16, 'score, weight', 'middle', ink.muted);
  const most = largest(products.map(largest));
  drawCells(svg, {x: left, y: top, width: right - left, height: columns.length * step}, columns.length, size, ink.signed,
    i => Math.round(127.5 + 127.4 * products[Math.floor(i / size)][i % size] / most));
  columns.forEach((unit, c) => {
    const box = {x: 4, y: top + c * step, width: right + 166, height: step}, weight = at(chosenRow, c);
    const y = box.y + step / 2, score = products[c].reduce((a, b) => a + b) / Math.sqrt(size);
    const group = drawToken(svg, unit, 'key', box, left - 8, 'end');
    label(group, right + 62, y, score.toFixed(2), 'end');
    add(group, 'rect', {x: right + 72, y: y - 5, width: 44 * weight, height: 10, fill: ink.accent});
    label(group, right + 122, y, weight.toFixed(3));
    if (c === chosen) drawFrame(group, box, ink.muted);
  });
  function find(px, py) {
    const c = Math.floor((py - top) / step), d = Math.floor((px - left) / cell), product = products[c]?.[d];
    return product !== undefined && {side: 'key', token: columns[c].tokens[0], text: `${columns[c].text}, dimension ${d}: ` +
      [query[d], keyOf(columns[c])[d]].map(v => v.toPrecision(3)).join(' \u00d7 ') + ' = ' + product.toPrecision(3)};
  }
  return {svg, highlight() {}, find};
}
