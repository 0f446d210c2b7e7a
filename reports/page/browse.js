/* Search, filters and details over the data in the page. Texts reach the page as text nodes only. */
(function () {
  'use strict';
  function fail(sentence) { document.getElementById('lede').textContent = sentence; }
  /* The data are JSON, as a gzip stream in Base64. */
  function bytesOf(text) {
    var DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', of = new Uint8Array(128), i, k;
    for (i = 0; i < 64; i++) of[DIGITS.charCodeAt(i)] = i;
    var size = text.length * 3 / 4 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0), bytes = new Uint8Array(size);
    for (i = 0, k = 0; k < size; i += 4, k += 3) {
      var three = of[text.charCodeAt(i)] << 18 | of[text.charCodeAt(i + 1)] << 12 | of[text.charCodeAt(i + 2)] << 6 | of[text.charCodeAt(i + 3)];
      bytes[k] = three >> 16;
      bytes[k + 1] = three >> 8; /* what lies behind the end is not kept */
      bytes[k + 2] = three;
    }
    return bytes;
  }
  if (typeof DecompressionStream === 'undefined') {
    fail('This page needs a newer browser: Chrome or Edge 80, Firefox 113, Safari 16.4.');
    return;
  }
  var packed = new Blob([bytesOf(document.getElementById('data').textContent)]);
  new Response(packed.stream().pipeThrough(new DecompressionStream('gzip'))).json().then(start, function () {
    fail('The data of this page are damaged: the file was cut or changed on its way here.');
  });

  function start(data) {
  var BATCH = 100;
  var value = {}, i, k;
  for (i = 0; i < data.digits.length; i++) value[data.digits.charCodeAt(i)] = i;
  var names = data.names === '' ? [] : data.names.split(' '), count = names.length;
  var verdictOf = new Uint32Array(count), setOf = new Uint32Array(count), tldOf = new Uint16Array(count), tlds = [], tldIndex = new Map();
  var starts = new Uint32Array(count + 1); /* of each name in data.names; behind the last, its end and one more */
  for (i = 0, k = 0; i < count; i++, k += 6) {
    starts[i + 1] = starts[i] + names[i].length + 1;
    verdictOf[i] = number(data.places, k, 3);
    setOf[i] = number(data.places, k + 3, 3);
    var tld = names[i].slice(names[i].lastIndexOf('.') + 1), at = tldIndex.get(tld);
    if (at === undefined) {
      at = tlds.length;
      tldIndex.set(tld, at);
      tlds.push(tld);
    }
    tldOf[i] = at;
  }
  function number(text, from, width) {
    var sum = 0;
    for (var j = 0; j < width; j++) sum = sum * 90 + value[text.charCodeAt(from + j)];
    return sum;
  }
  var sets = data.sets === '' ? [] : data.sets.split(' '), hostTexts = data.hosts === '' ? [] : data.hosts.split(' ');
  var owners = null; /* of each host the first domain that uses it; worked out when a domain is first opened */
  function findOwners() {
    owners = new Int32Array(hostTexts.length / 2).fill(-1);
    for (var j = 0; j < count; j++) entriesOf(j).forEach(function (pair) { if (owners[pair[1]] < 0) owners[pair[1]] = j; });
  }
  function entriesOf(domain) {
    var set = setOf[domain], list = [];
    if (set > sets.length) return [[0, set - sets.length - 1]];
    for (var text = set === 0 ? '' : sets[set - 1], j = 0; j < text.length; j += 6) list.push([number(text, j, 3), number(text, j + 3, 3) - 1]);
    return list;
  }
  function host(at) {
    if (owners === null) findOwners();
    var label = hostTexts[2 * at], text = hostTexts[2 * at + 1], tail = number(text, 0, 3), owner = names[owners[at]], addresses = [];
    label = label === '~' ? owner.replace(/\./g, '-') : label;
    for (var j = 8; j < text.length;) {
      if (text[j] === '~') {
        var end = text.indexOf('~', j + 1);
        addresses.push(text.slice(j + 1, end));
        j = end + 1;
      } else {
        var n = number(text, j, 5);
        addresses.push([Math.floor(n / 16777216), n >> 16 & 255, n >> 8 & 255, n & 255].join('.'));
        j += 5;
      }
    }
    return { name: tail === 0 ? label : label + '.' + (tail === 1 ? owner : data.tails[tail - 2]), provider: number(text, 3, 2) - 1,
      rule: number(text, 5, 2) - 1, usable: text[7], addresses: addresses.join(' ') };
  }
  function show(id) {
    if (id === undefined) return 'unknown';
    return data.display[id] || (id.indexOf('org:') === 0 ? id.slice(4) : id);
  }
  function country(id) {
    return id === 'self' ? 'self-hosted' : data.countries[id] ? data.countries[id][0] : 'unknown';
  }

  /* Data keeps the word. */
  function backupWords(word) { return word === 'decorative' ? 'ineffective (same address)' : word; }

  /* A filter looks at verdicts, of which there are few; only the top-level domain is of the name. */
  var STATE = 0, BACKUP = 1, POINT = 2, SURVIVES = 3, GATEWAYS = 9, MAILBOXES = 10, BACKUPS = 11, FINDINGS = 12;
  var filters = [
    { key: 'state', title: 'State', of: function (v) { return [v[STATE]]; } },
    { key: 'mailbox', title: 'Mailbox provider', of: function (v) { return v[MAILBOXES].length ? v[MAILBOXES] : ['unknown']; }, show: show },
    { key: 'gateway', title: 'Gateway', of: function (v) { return v[GATEWAYS].length ? v[GATEWAYS] : ['none']; }, show: show },
    { key: 'finding', title: 'Finding', of: function (v) { return v[FINDINGS]; } },
    { key: 'country', title: 'Jurisdiction', of: function (v) { return v[MAILBOXES].length ? v[MAILBOXES].map(country) : ['unknown']; } },
    { key: 'backup', title: 'Backup', of: function (v) { return [v[BACKUP] === null ? 'unknown' : v[BACKUP]]; }, show: backupWords },
    { key: 'survives', title: 'Survives its provider', of: function (v) { return [v[SURVIVES] === null ? 'unknown' : v[SURVIVES] ? 'yes' : 'no']; } }
  ];
  var providerOf = new Map();
  data.ids.forEach(function (id, index) { providerOf.set(id, data.providers[index]); });
  data.verdicts.forEach(function (v) {
    for (var j = GATEWAYS; j <= BACKUPS; j++) v[j] = v[j].map(function (id) { return providerOf.get(id) || String(id); });
    v[FINDINGS] = v[FINDINGS].map(function (code) { return data.findings[code] ? data.findings[code][0] : String(code); });
  });
  var findingOf = {};
  Object.keys(data.findings).forEach(function (code) { findingOf[data.findings[code][0]] = data.findings[code].slice(1); });
  var perVerdict = new Uint32Array(data.verdicts.length);
  for (i = 0; i < count; i++) perVerdict[verdictOf[i]]++;

  function make(tag, text, attributes) {
    var node = document.createElement(tag);
    if (text !== undefined && text !== null) node.textContent = text;
    Object.keys(attributes || {}).forEach(function (name) { node.setAttribute(name, attributes[name]); });
    return node;
  }
  /* Texts of the list's columns are strangers': what would turn or hide others is shown as a mark. */
  function plain(text) { return text.replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu, '\ufffd'); }
  function thousands(n) { return String(n).replace(/\B(?=(\d{3})+$)/g, ','); }

  var form = document.getElementById('filters'), status = document.getElementById('status'), result = document.getElementById('result');
  var search = make('input', null, { type: 'search', id: 'q', autocomplete: 'off', spellcheck: 'false' });
  var inputs = { q: search };
  var label = make('label', 'Domain contains ');
  label.appendChild(search);
  form.appendChild(label);
  function addSelect(key, title, values, display, id) {
    var select = make('select', null, { id: id || key }), one = make('label', title + ' ');
    select.appendChild(make('option', 'any', { value: '' }));
    values.forEach(function (pair) {
      select.appendChild(make('option', display(pair[0]) + ' (' + thousands(pair[1]) + ')', { value: pair[0] }));
    });
    one.appendChild(select);
    form.appendChild(one);
    inputs[key] = select;
  }
  function byCount(map) {
    return Array.from(map).sort(function (a, b) { return b[1] - a[1] || (a[0] < b[0] ? -1 : 1); });
  }
  filters.forEach(function (filter) {
    var sums = new Map();
    data.verdicts.forEach(function (v, index) {
      if (perVerdict[index] > 0) Array.from(new Set(filter.of(v))).forEach(function (x) { sums.set(x, (sums.get(x) || 0) + perVerdict[index]); });
    });
    addSelect(filter.key, filter.title, byCount(sums), filter.show || String);
  });
  (function () {
    var sums = new Map();
    for (var j = 0; j < count; j++) sums.set(tlds[tldOf[j]], (sums.get(tlds[tldOf[j]]) || 0) + 1);
    addSelect('tld', 'Top-level domain', byCount(sums), String);
  })();
  /* Columns of the list: a domain has a number, 0 for no value, then one for each value, for all others, and for sets of them. */
  var NONE = 'without a value', SELECTED = 1000, facets = data.facets || [];
  facets.forEach(function (facet, index) {
    facet.key = 'facet_' + facet.name;
    facet.codes = unpack(facet.codes, facet.width);
    facet.sets = facet.sets === '' ? [] : facet.sets.split(' ').map(function (text) { return Array.from(unpack(text, 3)); });
    var sums = new Uint32Array(facet.values.length + 2), options = [], title = plain(facet.name);
    for (var j = 0; j < count; j++) membersOf(facet, facet.codes[j]).forEach(function (n) { sums[n]++; });
    if (facet.values.length > SELECTED) {
      addText(facet.key, title + ' contains ', 'facet' + index);
      return;
    }
    facet.values.forEach(function (text, at) { options.push(['=' + text, sums[at + 1]]); });
    if (facet.others > 0) options.push(['others', sums[facet.values.length + 1]]);
    if (sums[0] > 0) options.push(['=', sums[0]]);
    addSelect(facet.key, title, options, function (text) {
      return text === '=' ? NONE : text === 'others' ? thousands(facet.others) + ' others' : plain(text.slice(1));
    }, 'facet' + index);
  });
  function unpack(text, width) {
    var list = new Uint32Array(text.length / width);
    for (var j = 0; j < list.length; j++) list[j] = number(text, j * width, width);
    return list;
  }
  function membersOf(facet, code) {
    return code > facet.values.length + 1 ? facet.sets[code - facet.values.length - 2] : [code];
  }
  function addText(key, title, id) {
    var input = make('input', null, { type: 'search', id: id, autocomplete: 'off', spellcheck: 'false' }), one = make('label', title);
    one.appendChild(input);
    form.appendChild(one);
    inputs[key] = input;
  }
  function textsOf(facet, at) {
    return membersOf(facet, facet.codes[at]).filter(function (n) { return n > 0; }).map(function (n) {
      return n > facet.values.length ? 'one of ' + thousands(facet.others) + ' others' : facet.values[n - 1];
    });
  }
  /* Which numbers of a facet are wanted; null: all. */
  function wantedOf(facet) {
    var wanted = inputs[facet.key].value, select = facet.values.length <= SELECTED, text = wanted.trim().toLowerCase();
    if (text === '') return null;
    var mask = new Uint8Array(facet.values.length + 2 + facet.sets.length);
    if (select && wanted === '=') mask[0] = 1;
    if (select && wanted === 'others') mask[facet.values.length + 1] = 1;
    facet.values.forEach(function (value, at) { mask[at + 1] = (select ? '=' + value === wanted : value.toLowerCase().indexOf(text) >= 0) ? 1 : 0; });
    facet.sets.forEach(function (set, at) { mask[facet.values.length + 2 + at] = set.some(function (n) { return mask[n] === 1; }) ? 1 : 0; });
    return mask;
  }
  var save = make('button', 'Save these as CSV', { type: 'button' }), clear = make('button', 'Clear', { type: 'button' });
  form.appendChild(clear);
  form.appendChild(save);

  var found = new Uint32Array(count), foundCount = 0, shown = 0;
  var table = make('table'), body = make('tbody'), more = make('button', 'Show more', { type: 'button', id: 'more' });
  var head = make('thead'), headRow = make('tr');
  ['Domain', 'State', 'Mailbox provider', 'Gateway', 'Backup', 'Findings'].forEach(function (title) {
    headRow.appendChild(make('th', title, { scope: 'col' }));
  });
  head.appendChild(headRow);
  table.appendChild(head);
  table.appendChild(body);
  var scroll = make('div', null, { 'class': 'scroll', role: 'region', tabindex: '0', 'aria-label': 'Domains' });
  scroll.appendChild(table);
  result.appendChild(scroll);
  result.appendChild(more);

  function matching() {
    var mask = new Uint8Array(data.verdicts.length).fill(1);
    filters.forEach(function (filter) {
      var wanted = inputs[filter.key].value;
      if (wanted !== '') data.verdicts.forEach(function (v, index) { if (filter.of(v).indexOf(wanted) < 0) mask[index] = 0; });
    });
    return mask;
  }
  function apply() {
    var mask = matching(), text = search.value.trim().toLowerCase(), wantedTld = inputs.tld.value === '' ? -1 : tldIndex.get(inputs.tld.value);
    var kept = facets.map(function (facet) { return [facet.codes, wantedOf(facet)]; }).filter(function (pair) { return pair[1] !== null; });
    function take(at) {
      if (mask[verdictOf[at]] === 0 || (wantedTld >= 0 && tldOf[at] !== wantedTld)) return;
      for (var n = 0; n < kept.length; n++) if (kept[n][1][kept[n][0][at]] === 0) return;
      found[foundCount++] = at;
    }
    foundCount = 0;
    if (text === '') {
      for (var j = 0; j < count; j++) take(j);
    } else if (text.indexOf(' ') < 0) {
      /* All names are one text, parted by blanks: it is searched at once, and after a hit from the next name on. */
      for (var hit = data.names.indexOf(text), at = 0; hit >= 0; hit = data.names.indexOf(text, starts[++at])) {
        while (starts[at + 1] <= hit) at++;
        take(at);
      }
    }
    body.textContent = '';
    shown = 0;
    showMore();
    status.textContent = thousands(foundCount) + ' of ' + thousands(count) + ' domains';
    save.disabled = foundCount === 0;
  }
  function showMore() {
    var fragment = document.createDocumentFragment();
    for (var end = Math.min(foundCount, shown + BATCH); shown < end; shown++) fragment.appendChild(row(found[shown]));
    body.appendChild(fragment);
    more.hidden = shown >= foundCount;
  }
  function row(at) {
    var v = data.verdicts[verdictOf[at]], tr = make('tr'), name = make('td');
    var button = make('button', names[at], { type: 'button', 'aria-expanded': 'false', 'class': 'name' });
    button.addEventListener('click', function () { toggle(tr, button, at); });
    name.appendChild(button);
    tr.appendChild(name);
    tr.appendChild(make('td', v[STATE]));
    tr.appendChild(make('td', v[MAILBOXES].map(show).join(', ')));
    tr.appendChild(make('td', v[GATEWAYS].map(show).join(', ')));
    tr.appendChild(make('td', v[BACKUP] === null ? '' : v[BACKUP]));
    tr.appendChild(make('td', v[FINDINGS].length ? String(v[FINDINGS].length) : ''));
    return tr;
  }
  function toggle(tr, button, at) {
    var open = button.getAttribute('aria-expanded') === 'true';
    button.setAttribute('aria-expanded', open ? 'false' : 'true');
    if (open) {
      tr.parentNode.removeChild(tr.nextSibling);
      return;
    }
    var line = make('tr', null, { 'class': 'details' }), cell = make('td', null, { colspan: '6' });
    details(cell, at);
    line.appendChild(cell);
    tr.parentNode.insertBefore(line, tr.nextSibling);
    keep(at);
  }
  function hostsOf(at) {
    return entriesOf(at).map(function (pair) { return [pair[0], host(pair[1])]; });
  }
  function details(cell, at) {
    var v = data.verdicts[verdictOf[at]], hosts = hostsOf(at), list = make('ol');
    cell.appendChild(make('h2', names[at]));
    cell.appendChild(make('h3', 'Delivery order'));
    hosts.forEach(function (pair) {
      var h = pair[1], provider = h.provider < 0 ? 'no provider named' : show(data.providers[h.provider]);
      var rule = h.rule < 0 ? '' : ', by the rule ' + data.rules[h.rule];
      list.appendChild(make('li', pair[0] + ' ' + (h.name || '.') + ' - ' + (h.addresses || 'no address') + ' - ' + provider + rule +
        (h.usable === '0' ? ' - not usable' : '')));
    });
    cell.appendChild(hosts.length ? list : make('p', 'No MX host.'));
    cell.appendChild(make('h3', 'Verdict'));
    var survives = v[SURVIVES] === null ? 'unknown' : v[SURVIVES] ? 'yes' : 'no';
    cell.appendChild(make('p', 'State ' + v[STATE] + '; backup ' + (v[BACKUP] === null ? 'not known or not applicable' : backupWords(v[BACKUP])) +
      '; single point of failure ' + (v[POINT] === null ? 'not known or not applicable' : v[POINT]) + '; survives its provider: ' + survives +
      (v[BACKUPS].length ? '; backup providers ' + v[BACKUPS].map(show).join(', ') : '') + '.'));
    facets.forEach(function (facet) {
      var texts = textsOf(facet, at);
      if (texts.length) cell.appendChild(make('p', plain(facet.name) + ': ' + texts.map(plain).join(', ')));
    });
    v[FINDINGS].forEach(function (code) {
      var f = findingOf[code] || ['', '', ''], p = make('p');
      p.appendChild(make('strong', f[0] + ', ' + code + ': '));
      p.appendChild(document.createTextNode(f[1] + ' ' + f[2]));
      cell.appendChild(p);
    });
  }

  /* The view is in the address: a link to it shows the same. */
  function keep(at) {
    var parts = [];
    Object.keys(inputs).forEach(function (key) {
      if (inputs[key].value !== '') parts.push(encodeURIComponent(key) + '=' + encodeURIComponent(inputs[key].value));
    });
    if (at !== undefined) parts.push('open=' + encodeURIComponent(names[at]));
    history.replaceState(null, '', '#' + parts.join('&'));
  }
  function restore() {
    var open = '';
    Object.keys(inputs).forEach(function (key) { inputs[key].value = ''; });
    location.hash.slice(1).split('&').forEach(function (part) {
      var cut = part.indexOf('='), key = part.slice(0, cut), text = '';
      try { key = decodeURIComponent(key); text = decodeURIComponent(part.slice(cut + 1)); } catch (ignored) { return; }
      if (cut > 0 && key === 'open') open = text;
      else if (cut > 0 && Object.prototype.hasOwnProperty.call(inputs, key)) inputs[key].value = text;
    });
    Object.keys(inputs).forEach(function (key) { if (inputs[key].selectedIndex === -1) inputs[key].value = ''; });
    if (open !== '' && search.value === '') search.value = open;
    apply();
    Array.prototype.forEach.call(body.querySelectorAll('button.name'), function (button) {
      if (open !== '' && button.textContent === open) button.click();
    });
  }
  function csvCell(text) {
    text = String(text === null ? '' : text);
    if (/^[=+\-@\t\r\n]/.test(text)) text = "'" + text;
    return /[",;\r\n ]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }
  function saveCsv() {
    var lines = [['domain', 'state', 'mailbox', 'gateway', 'mx', 'backup', 'single_point', 'survives_provider', 'findings'].concat(
      facets.map(function (facet) { return facet.key; })).map(csvCell).join(',')];
    for (var j = 0; j < foundCount; j++) {
      var at = found[j], v = data.verdicts[verdictOf[at]];
      lines.push([names[at], v[STATE], v[MAILBOXES].join(';'), v[GATEWAYS].join(';'),
        hostsOf(at).map(function (pair) { return pair[0] + ' ' + (pair[1].name || '.'); }).join(';'), v[BACKUP], v[POINT],
        v[SURVIVES] === null ? '' : v[SURVIVES] ? 'true' : 'false', v[FINDINGS].join(';')].concat(facets.map(function (facet) { return textsOf(facet, at).join(';'); })).map(csvCell).join(','));
    }
    var link = make('a', null, { download: 'domains.csv' }), url = URL.createObjectURL(new Blob([lines.join('\n') + '\n'], { type: 'text/csv' }));
    link.href = url;
    document.body.appendChild(link);
    link.click();
    document.body.removeChild(link);
    setTimeout(function () { URL.revokeObjectURL(url); }, 1000);
  }

  form.addEventListener('submit', function (event) { event.preventDefault(); });
  form.addEventListener('input', function () { apply(); keep(); });
  clear.addEventListener('click', function () { history.replaceState(null, '', '#'); restore(); search.focus(); });
  save.addEventListener('click', saveCsv);
  more.addEventListener('click', function () {
    var first = shown;
    showMore();
    var next = body.querySelectorAll('button.name')[first];
    if (next) next.focus();
  });
  window.addEventListener('hashchange', restore);
  document.getElementById('lede').textContent = 'Run ' + data.run + ', ' + new Date(data.at * 1000).toISOString().slice(0, 16).replace('T', ' ') +
    ' UTC, checks ' + data.checks + '. The page loads and sends nothing. Open a domain for its delivery order, verdict and findings.';
  restore();
  document.documentElement.setAttribute('data-ready', '1');
  performance.mark('ready');
  }
})();
