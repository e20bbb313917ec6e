// Head view: queries on the left, keys on the right, a line for each weight that is worth one.
function drawHeads(shown, series, room) {
  const {rows, columns} = shown, most = Math.max(rows.length, columns.length), top = 76;
  const [step, size] = most <= 40 ? [24, 13] : most <= 160 ? [18, 12] : [15, 11];
  const left = widest(rows, size) + 24, columnWidth = widest(columns, size) + 16;
  const right = left + Math.max(120, Math.min(600, room - left - columnWidth - 16));
  const y = i => top + i * step;
  // At most 15,000 lines: more of them hang a browser and show nothing.
  const limit = Math.max(1, Math.floor(15000 / (series.length * rows.length)));
  const k = Math.min(state.top || limit, limit), isAll = k >= columns.length;

  const svg = openPicture(right + columnWidth + 8, y(most) + 12, series.length > 1 ? `Layer ${layers[state.layer]}, ${headList()}` : series[0].name,
    (isAll ? 'all weights' : `the ${k} largest weights of each query and head`) + ' that are at least ' + state.least, shown);
  label(svg, left - 8, top - 12, 'query', 'end', ink.muted);
  label(svg, right + 8, top - 12, 'key', 'start', ink.muted);
  const bars = add(svg, 'g'), rest = add(svg, 'g', {fill: 'none', 'stroke-width': 1.4});
  const focus = add(svg, 'g', {fill: 'none', 'stroke-width': 1.8});

  /** A path for each head and strength; the lines of several heads lie side by side. */
  function drawLines(group, leastOf) {
    series.forEach(({color, matrix}, s) => {
      const paths = [], middle = (left + right) / 2;
      const shift = step / 2 + (s - (series.length - 1) / 2) * Math.min(1.6, step * 0.6 / series.length);
      rows.forEach((_, r) => {
        const row = matrix.subarray(r * columns.length, (r + 1) * columns.length), least = leastOf(row, r);
        row.forEach((weight, c) => {
          if (!(weight >= least(c))) return;
          const level = Math.max(1, Math.round(10 * strength(weight))), from = round(y(r) + shift), to = round(y(c) + shift);
          paths[level] = (paths[level] || '') + `M${left} ${from}C${middle} ${from} ${middle} ${to} ${right} ${to}`;
        });
      });
      paths.forEach((d, level) => add(group, 'path', {d, stroke: color, 'stroke-opacity': level / 10}));
    });
  }
  drawLines(rest, row => {
    const least = Math.max(state.least, 1e-6, isAll ? 0 : row.slice().sort()[row.length - k]);
    return () => least;
  });
  rows.forEach((unit, i) => drawToken(svg, unit, 'query', {x: 8, y: y(i), width: left - 8, height: step}, left - 8, 'end', size));
  columns.forEach((unit, i) =>
    drawToken(svg, unit, 'key', {x: right, y: y(i), width: columnWidth, height: step}, right + 8, 'start', size));

  /** Keeps the lines of the active token and shades the other side by its weights, a bar for each head. */
  function highlight({side, token}) {
    bars.replaceChildren();
    focus.replaceChildren();
    const isQuery = side === 'query', chosen = indexOf(isQuery ? rows : columns, token);
    rest.setAttribute('visibility', chosen < 0 ? 'visible' : 'hidden');
    if (chosen < 0) return;
    const [x, width, far, farWidth] = isQuery ? [8, left - 8, right, columnWidth] : [right, columnWidth, 8, left - 8];
    add(bars, 'rect', {x, y: y(chosen), width, height: step, rx: 4, fill: ink.grid, stroke: ink.muted});
    series.forEach(({color, at}, s) => (isQuery ? columns : rows).forEach((_, i) => {
      const weight = isQuery ? at(chosen, i) : at(i, chosen);
      if (weight >= 0.004) add(bars, 'rect', {x: far + s * farWidth / series.length, y: y(i) + 1, width: farWidth / series.length,
        height: step - 2, fill: color, 'fill-opacity': 0.7 * strength(weight)});
    }));
    drawLines(focus, (_, r) => c => (isQuery ? r : c) === chosen ? 0.004 : 2);
  }
  return {svg, highlight};
}
