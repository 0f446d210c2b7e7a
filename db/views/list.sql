-- What was each run made from, what was taken from it, and how can it be cited? sha256: of the file as it was read.
CREATE VIEW v_input AS
SELECT run_id, position, path, format, how, lines, passed_over, sha256, citation FROM run_input;

-- Which values has each domain of a run in the columns of the list that were kept (--keep)? One row for each value.
CREATE VIEW v_facet AS
WITH RECURSIVE place(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM place WHERE i < 255),
coded AS (
  SELECT r.id AS run_id, f.id AS facet_id, f.name AS facet, b.block * 256 + p.i AS domain_id,
         substr('0000000' || hex(substr(b.codes, p.i * b.width + 1, b.width)), -8) AS digits
  FROM run r
  JOIN facet f ON f.list_id = r.list_id
  JOIN facet_block b ON b.facet_id = f.id AND b.first_run <= r.id AND ifnull(b.last_run, r.id) >= r.id
  JOIN place p
  WHERE r.state = 'complete'),
numbered AS (
  SELECT run_id, facet_id, facet, domain_id,
         (instr('123456789ABCDEF', substr(digits, 1, 1)) << 28) | (instr('123456789ABCDEF', substr(digits, 2, 1)) << 24) |
         (instr('123456789ABCDEF', substr(digits, 3, 1)) << 20) | (instr('123456789ABCDEF', substr(digits, 4, 1)) << 16) |
         (instr('123456789ABCDEF', substr(digits, 5, 1)) << 12) | (instr('123456789ABCDEF', substr(digits, 6, 1)) << 8) |
         (instr('123456789ABCDEF', substr(digits, 7, 1)) << 4) | instr('123456789ABCDEF', substr(digits, 8, 1)) AS code
  FROM coded)
SELECT n.run_id, n.facet, d.name AS domain, v.value, n.domain_id
FROM numbered n
JOIN domain d ON d.id = n.domain_id
JOIN facet_value v ON v.facet_id = n.facet_id AND v.id = n.code >> 1
WHERE n.code & 1 = 0 AND n.code > 0
UNION ALL
SELECT n.run_id, n.facet, d.name, v.value, n.domain_id
FROM numbered n
JOIN domain d ON d.id = n.domain_id
JOIN facet_set s ON s.facet_id = n.facet_id AND s.id = n.code >> 1
JOIN facet_value v ON v.facet_id = n.facet_id AND v.id = s.value_id
WHERE n.code & 1 = 1;
