// Drawing: a picture is one SVG element with plain attributes, so that a saved one stands alone.
let ink = content.themes.light;
const fontFamily = 'Helvetica, Arial, sans-serif';
const round = x => Math.round(x * 100) / 100;

function add(parent, name, attributes = {}, text = '') {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, typeof value === 'number' ? round(value) : value);
  element.textContent = text;
  return parent.appendChild(element);
}

/** A line of text with its middle at `y`; `turn` in degrees. */
function label(parent, x, y, text, anchor = 'start', fill = ink.ink, size = 12, turn = 0) {
  return add(parent, 'text', {x, y: y + 0.35 * size, 'text-anchor': anchor, fill, 'font-size': size,
    ...turn && {transform: `rotate(${turn} ${round(x)} ${round(y)})`}}, text);
}

const pencil = document.createElement('canvas').getContext('2d');
function textWidth(text, size = 12) {
  pencil.font = `${size}px ${fontFamily}`;
  return pencil.measureText(text).width;
}

/** `text`, or its longest start that takes at most `limit` pixels, with an ellipsis. */
function shorten(text, limit = 130, size = 12) {
  const letters = [...text];
  while (letters.length > 1 && textWidth(text, size) > limit) {
    letters.pop();
    text = letters.join('') + '\u2026';
  }
  return text;
}

/** Pixels that the names of `units` take. */
const widest = (units, size) => Math.max(24, ...units.map(unit => textWidth(shorten(unit.text, 130, size), size)));

const strength = weight => Math.min(1, state.root ? Math.sqrt(weight) : weight);
const colorIndex = weight => Math.min(255, Math.floor(256 * strength(weight)));

/** Cells as a PNG with a pixel each. */
function pixels(rows, columns, palette, indexOf) {
  const canvas = document.createElement('canvas'), image = new ImageData(columns, rows);
  Object.assign(canvas, {width: columns, height: rows});
  const colors = palette.map(color => [1, 3, 5].map(at => parseInt(color.slice(at, at + 2), 16)));
  image.data.fill(255);
  for (let i = 0; i < rows * columns; ++i) image.data.set(colors[indexOf(i)], 4 * i);
  canvas.getContext('2d').putImageData(image, 0, 0);
  return {href: canvas.toDataURL(), preserveAspectRatio: 'none', 'image-rendering': 'pixelated'};
}

/** A matrix in `box`. Up to 10,000 cells are vectors, a path for each colour; more are an image. */
function drawCells(parent, box, rows, columns, palette, indexOf) {
  if (rows * columns > 10000) return add(parent, 'image', {...box, ...pixels(rows, columns, palette, indexOf)});
  const w = box.width / columns, h = box.height / rows, paths = {};
  for (let i = 0; i < rows * columns; ++i) {
    const color = palette[indexOf(i)], x = box.x + i % columns * w, y = box.y + Math.floor(i / columns) * h;
    paths[color] = (paths[color] || '') + `M${round(x)} ${round(y)}h${round(w)}v${round(h)}h${-round(w)}z`;
  }
  const group = add(parent, 'g', {'shape-rendering': 'crispEdges'});
  for (const fill in paths) add(group, 'path', {d: paths[fill], fill});
}

const drawFrame = (parent, box, stroke = ink.frame) => add(parent, 'rect', {...box, fill: 'none', stroke});

/** The scale of weights. */
function drawScale(svg) {
  drawCells(svg, {x: 10, y: 48, width: 160, height: 9}, 1, 64, viridis, i => 4 * i + 2);
  for (const weight of [0, 0.1, 0.25, 0.5, 1])
    label(svg, 10 + 160 * strength(weight), 65, weight, 'middle', ink.muted, 10);
}

/** An empty picture with its name and, muted, what else a reader must know. */
function openPicture(width, height, name, note, {isPart}) {
  if (isPart) note += `, not all tokens shown, ${state.renormalize ? 'rows' : 'weights not'} renormalised`;
  width = Math.ceil(Math.max(width, textWidth(note) + 24, textWidth(name, 16) + 24));
  height = Math.ceil(height);
  const svg = add(document.createDocumentFragment(), 'svg', {width, height, viewBox: `0 0 ${width} ${height}`, role: 'img',
    'aria-label': `${name}: ${note}`, 'font-family': fontFamily});
  add(svg, 'rect', {width, height, fill: ink.ground});
  label(svg, 8, 14, name, 'start', ink.ink, 15).setAttribute('font-weight', 600);
  label(svg, 8, 34, note, 'start', ink.muted);
  return svg;
}

/** An element for a token: a rectangle that takes the pointer, and its name at `x`. */
function drawToken(svg, {text, tokens: [first], isSpecial}, side, box, x, anchor = 'start', size = 12) {
  const group = add(svg, 'g', {'data-token': first, 'data-side': side});
  add(group, 'rect', {...box, fill: 'none'});
  label(group, x, box.y + box.height / 2, shorten(text, 130, size), anchor, isSpecial ? ink.muted : ink.ink, size);
  return group;
}
