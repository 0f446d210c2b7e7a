/* Sorting and filtering of tables. The page says everything without it. */
(function () {
  'use strict';

  function value(row, column, number) {
    var text = row.cells[column].textContent.trim();
    if (!number) return text.toLowerCase();
    var parsed = parseFloat(text.replace(/[,\s]/g, ''));
    return isNaN(parsed) ? -Infinity : parsed;
  }

  function sort(table, head, column) {
    var number = head.classList.contains('n');
    var before = head.getAttribute('aria-sort');
    var down = before ? before === 'ascending' : number;
    var body = table.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows).map(function (row, at) {
      return { row: row, at: at, key: value(row, column, number) };
    });
    rows.sort(function (a, b) {
      var order = a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
      return (down ? -order : order) || a.at - b.at;
    });
    rows.forEach(function (one) { body.appendChild(one.row); });
    Array.prototype.forEach.call(head.parentNode.cells, function (cell) { cell.removeAttribute('aria-sort'); });
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  }

  function makeSortable(table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
      var button = document.createElement('button');
      button.type = 'button';
      button.textContent = head.textContent;
      head.textContent = '';
      head.appendChild(button);
      button.addEventListener('click', function () { sort(table, head, column); });
    });
  }

  /* A long table shows its first rows, in whatever order, and what is only for information waits, until somebody wants all or looks for
     some. */
  function makeShort(table) {
    var rows = table.tBodies[0].rows.length, later = table.querySelectorAll('tr.later').length, button = document.createElement('button');
    if (!later && (!table.classList.contains('long') || rows <= 10)) return;
    function turn() {
      button.textContent = table.classList.toggle('shut') ? 'Show all ' + rows + ' rows' : 'Show fewer rows';
    }
    button.type = 'button';
    button.className = 'more';
    button.addEventListener('click', turn);
    turn();
    table.parentNode.parentNode.insertBefore(button, table.parentNode.nextSibling);
  }

  function makeFilterable(table) {
    var rows = Array.prototype.slice.call(table.tBodies[0].rows);
    if (rows.length < 25) return;
    var shownFirst = rows.filter(function (row) { return !row.hidden; }).length;
    var label = document.createElement('label'), input = document.createElement('input'), told = document.createElement('span');
    label.className = 'filter';
    label.textContent = 'Filter ';
    input.type = 'search';
    told.setAttribute('role', 'status');
    label.appendChild(input);
    label.appendChild(told);
    input.addEventListener('input', function () {
      var wanted = input.value.trim().toLowerCase(), shown = 0;
      rows.forEach(function (row) {
        var found = row.textContent.toLowerCase().indexOf(wanted) >= 0;
        shown += found ? 1 : 0;
        row.hidden = !found || shown > shownFirst;
      });
      table.classList.toggle('searched', Boolean(wanted));
      told.textContent = wanted ? ' ' + shown + ' of ' + rows.length + ' rows' + (shown > shownFirst ? ', the first ' + shownFirst + ' shown' : '') : '';
    });
    table.parentNode.parentNode.insertBefore(label, table.parentNode);
  }

  /* A link to what is folded unfolds it. */
  function unfold() {
    var id = location.hash.slice(1), folded = id && document.getElementById(id) && document.querySelector('#' + CSS.escape(id) + ' > details');
    if (folded) folded.open = true;
  }
  window.addEventListener('hashchange', unfold);
  unfold();

  /* What is folded on a screen stands on paper. */
  window.addEventListener('beforeprint', function () {
    Array.prototype.forEach.call(document.querySelectorAll('details.appendix'), function (one) { one.open = true; });
  });

  Array.prototype.forEach.call(document.querySelectorAll('table.data'), function (table) {
    if (table.tBodies[0].rows.length < 2) return;
    makeSortable(table);
    makeFilterable(table);
    makeShort(table);
  });
})();
