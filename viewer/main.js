// State, controls and events. The form is the state; the address holds what differs from its defaults.
const views = {heads: drawHeads, matrix: drawMatrix, model: drawModel, embeddings: drawEmbeddings, 'query-key': drawQueryKey};
const form = byId('controls'), place = byId('picture'), tip = byId('tip'), detail = byId('detail');
const controls = [...form.elements].filter(control => control.name), names = new Set(controls.map(control => control.name));
const valueOf = name => new FormData(form).getAll(name).join();
const initial = Object.fromEntries([...names].map(name => [name, valueOf(name)]));
const dark = matchMedia('(prefers-color-scheme: dark)');
let picture, hover, isWaiting;

/** Sets controls; the next frame shows it. */
function change(values) {
  for (const control of controls) {
    if (!(control.name in values)) continue;
    const value = String(values[control.name]);
    if (/checkbox|radio/.test(control.type)) control.checked = value.split(',').includes(control.value);
    else control.value = value;
    if (control.value === '' || !control.validity.valid) control.value = initial[control.name];
  }
  for (const name of ['view', 'heads']) if (!valueOf(name)) return change({[name]: initial[name]});
  const given = [...names].filter(name => valueOf(name) !== initial[name]).map(name => name + '=' + valueOf(name));
  // A frame of a notebook has no address of its own.
  try {
    history.replaceState(null, '', '#' + given.join('&'));
  } catch {}
  if (!isWaiting) isWaiting = requestAnimationFrame(draw);
}
oninput = ({target: {name, value}}) => name === 'token' ? reveal(value) :
  change(name === 'heads' && state.view !== 'heads' && state.combine === 'each' ? {heads: value} : {});
form.onsubmit = () => false;
onhashchange = () => change({...initial, ...Object.fromEntries(new URLSearchParams(location.hash.slice(1)))});
dark.onchange = onresize = () => change({});

function draw() {
  isWaiting = hover = null;
  state = Object.fromEntries([...names].map(name => [name, isNaN(valueOf(name)) ? valueOf(name) : +valueOf(name)]));
  state.heads = valueOf('heads').split(',').map(Number);
  const theme = state.theme === 'auto' ? dark.matches ? 'dark' : 'light' : state.theme;
  document.documentElement.dataset.theme = theme;
  ink = content.themes[theme];
  for (const {classList} of document.querySelectorAll('.switches > *'))
    classList.toggle('out', classList.length > 0 && !classList.contains(state.view));
  document.querySelectorAll('.chips label').forEach((chip, head) => chip.style.borderBottomColor = ink.heads[head]);
  byId('state-name').textContent = states[state.state];
  byId('status').textContent = '';
  const shown = select(), series = /model|emb/.test(state.view) ? [] : makeSeries(shown);
  for (const one of series) one.at = (r, c) => one.matrix[r * shown.columns.length + c];
  picture = {...shown, series, ...views[state.view](shown, series, form.clientWidth - (innerWidth > 820 ? 310 : 34))};
  place.replaceChildren(picture.svg);
  show();
}

/** Marks the token under the pointer or, without one, the kept one, and tells about it. */
function show() {
  const {rows, columns, series} = picture, active = hover || (state.token >= 0 ? state : {});
  picture.highlight(active);
  detail.replaceChildren();
  const tell = (name, textContent, parent = detail) => parent.appendChild(Object.assign(document.createElement(name), {textContent}));
  const mean = (r, c) => series.reduce((sum, {at}) => sum + at(r, c), 0) / series.length;
  function list(title, units, weightOf) {
    if (!series.length) return;
    tell('h2', title + (series.length > 1 ? ', mean of heads' : ''));
    const best = units.map((unit, i) => [weightOf(i), unit]).sort((a, b) => b[0] - a[0]).slice(0, 9), items = tell('ol');
    for (const [weight, {text, tokens: [token]}] of best) {
      const button = Object.assign(tell('button', text, tell('li', '', items)), {value: token});
      button.dataset.weight = weight.toFixed(3);
      button.style.setProperty('--weight', weight);
    }
  }
  const r = indexOf(rows, active.token), c = indexOf(columns, active.token);
  if (active.token >= 0) tell('p', tokens[active.token].text);
  if (r >= 0) list('Looks at', columns, i => mean(r, i));
  if (c >= 0) list('Is looked at by', rows, i => mean(i, c));
  if (!(active.token >= 0)) list('Most looked at', columns, i => rows.reduce((sum, _, j) => sum + mean(j, i), 0) / rows.length);
}
/** Keeps a token and brings it into sight. */
function reveal(token) {
  change({token, side: 'query'});
  requestAnimationFrame(() => place.querySelector(`[data-token="${token}"]`)?.scrollIntoView({block: 'center'}));
}
detail.onclick = ({target: {value}}) => value && reveal(value);

/** The token or cell under the pointer. */
function under({target, clientX, clientY}) {
  const {left, top} = picture.svg.getBoundingClientRect(), {token, side} = target.closest('[data-token]')?.dataset || {};
  return picture.find?.(clientX - left, clientY - top) || (token ? {token: +token, side, text: tokens[token].text} : null);
}
place.onpointermove = event => {
  const found = under(event), {clientX, clientY} = event;
  tip.hidden = !found;
  tip.textContent = found?.text;
  tip.style.left = Math.min(clientX + 14, innerWidth - tip.offsetWidth - 8) + 'px';
  tip.style.top = Math.min(clientY + 16, innerHeight - tip.offsetHeight - 8) + 'px';
  if (JSON.stringify(found) === JSON.stringify(hover)) return;
  hover = found;
  show();
};
place.onpointerleave = () => {
  tip.hidden = !(hover = null);
  show();
};
place.onclick = event => {
  const {layer, head} = event.target.closest('[data-head]')?.dataset || {}, {token = -1, side} = under(event) || {};
  if (head) change({view: 'matrix', layer, heads: head});
  else if (state.view === 'query-key') change({key: token});
  else change({token: token === state.token && side === state.side ? -1 : token, side: side || 'query'});
};
document.querySelector('.chips').ondblclick = ({target}) => target.control && change({heads: target.control.value});

const svgText = () => new XMLSerializer().serializeToString(picture.svg);
byId('copy').onclick = () => navigator.clipboard.writeText(svgText()).then(() => 'Copied', String)
  .then(text => byId('status').textContent = text);
byId('save').onclick = () => Object.assign(document.createElement('a'), {download: `attention_${state.view}.svg`,
  href: URL.createObjectURL(new Blob([svgText()], {type: 'image/svg+xml'}))}).click();

// One step (by is 1 or -1) round a circle of places; from none (-1) to the first or the last.
const next = (size, at, by) => (Math.max(at, ~by / 2) + by + size) % size;
const presses = {
  l: by => change(state.view === 'embeddings' ? {state: state.state + by} : {layer: next(layers.length, state.layer, by)}),
  h: by => change({heads: next(content.heads, state.heads.length > 1 ? -1 : state.heads[0], by)}),
  n: by => reveal(next(count, state.token, by)),
  a: () => change({heads: initial.heads}), s: byId('save').onclick, escape: () => change({token: -1}),
};
onkeydown = ({key, target, ctrlKey, metaKey, altKey}) => {
  if (ctrlKey || metaKey || altKey || /^(num|ran|sel)/.test(target.type)) return;
  const view = Object.keys(views)[key - 1];
  if (view) change({view});
  else presses[key.toLowerCase()]?.(key < 'a' ? -1 : 1);
};
onhashchange();
