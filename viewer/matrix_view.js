// Matrix view of one head (or a combination), and model view: a small matrix for each layer and head.
function drawMatrix(shown, [{matrix, name, at}], room) {
  const {rows, columns} = shown, slant = 0.75 * widest(columns), x = 14 + widest(rows), y = 84 + slant;
  const fitting = pixels => pixels / Math.max(rows.length, columns.length);
  let cell = Math.min(34, fitting(room - x - slant - 20), Math.max(14, fitting(innerHeight - y - 120)));
  cell = cell < 3 ? Math.max(1.5, cell) : Math.floor(cell);
  const box = {x, y, width: cell * columns.length, height: cell * rows.length};
  const svg = openPicture(x + box.width + slant + 20, y + box.height + 16, name, 'a row is a query, a column a key', shown);
  drawScale(svg);
  drawCells(svg, box, rows.length, columns.length, viridis, i => colorIndex(matrix[i]));
  drawFrame(svg, box);
  // Names that would touch are left out.
  rows.forEach(({text}, r) => r % Math.ceil(14 / cell) || label(svg, x - 6, y + (r + 0.5) * cell, shorten(text), 'end'));
  columns.forEach(({text}, c) => c % Math.ceil(16 / cell) ||
    label(svg, x + (c + 0.5) * cell, y - 7, shorten(text), 'start', ink.ink, 12, -45));
  if (cell >= 26)
    matrix.forEach((weight, i) => label(svg, x + (i % columns.length + 0.5) * cell, y + (Math.floor(i / columns.length) + 0.5) * cell,
      weight.toFixed(2).replace(/^0/, ''), 'middle', colorIndex(weight) > 140 ? '#1a1d21' : '#ffffff', 10.5));
  const marks = add(svg, 'g', {'stroke-width': 1.5});
  function highlight({side, token, other}) {
    const [r, c] = side === 'key' ? [-1, indexOf(columns, token)] : [indexOf(rows, token), indexOf(columns, other)];
    marks.replaceChildren();
    if (r >= 0) drawFrame(marks, {...box, y: y + r * cell, height: cell}, ink.warm);
    if (c >= 0) drawFrame(marks, {...box, x: x + c * cell, width: cell}, ink.warm);
  }
  /** The cell at a point of the picture. */
  function find(px, py) {
    const r = Math.floor((py - y) / cell), c = Math.floor((px - x) / cell);
    return rows[r] && columns[c] && {side: 'query', token: rows[r].tokens[0], other: columns[c].tokens[0],
      text: `${rows[r].text} \u2192 ${columns[c].text}: ${at(r, c).toFixed(4)}`};
  }
  return {svg, highlight, find};
}

function drawModel(shown, _, room) {
  const {rows, columns} = shown, {heads} = content, left = 56, top = 104;
  const size = Math.max(34, Math.min(120, Math.floor((room - 80) / heads) - 6)), pitch = size + 6;
  const svg = openPicture(left + heads * pitch + 16, top + layers.length * pitch + 8, 'All layers and heads',
    'in each a row is a query, a column a key', shown);
  drawScale(svg);
  const tasks = [];
  for (let head = 0; head < heads; ++head) label(svg, left + head * pitch + size / 2, top - 10, 'H' + head, 'middle', ink.muted);
  layers.forEach((number, layer) => {
    const y = top + layer * pitch;
    label(svg, left - 10, y + size / 2, 'L' + number, 'end', ink.muted);
    for (let head = 0; head < heads; ++head) {
      const box = {x: left + head * pitch, y, width: size, height: size}, group = add(svg, 'g', {'data-layer': layer, 'data-head': head});
      add(group, 'title', {}, `Layer ${number}, head ${head}`);
      add(group, 'rect', {...box, fill: ink.grid});
      const isMarked = layer === state.layer && head === state.heads[0];
      drawFrame(group, box, isMarked ? ink.warm : ink.frame).setAttribute('stroke-width', isMarked ? 3 : 1);
      tasks.push(() => group.lastChild.before(add(svg, 'image', {...box, ...drawSmall(layer, head)})));
    }
  });
  // Where there are more weights than pixels, a pixel is the largest of its block.
  const down = Math.min(rows.length, 2 * size), across = Math.min(columns.length, 2 * size);
  function drawSmall(layer, head) {
    const largest = new Float32Array(down * across);
    headMatrix(layer, head, shown).forEach((weight, i) => {
      const r = Math.floor(Math.floor(i / columns.length) * down / rows.length);
      const at = r * across + Math.floor(i % columns.length * across / columns.length);
      largest[at] = Math.max(largest[at], weight);
    });
    return pixels(down, across, viridis, i => colorIndex(largest[i]));
  }
  // One at a time, so that the page always answers.
  const work = () => svg.isConnected && tasks.length && setTimeout(work, 0, tasks.shift()());
  setTimeout(work);
  return {svg, highlight() {}};
}
