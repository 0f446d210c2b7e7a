-- Up to which run does what is known of a domain of a run reach: in which was its state last settled, its backup, its provider? That run itself where
-- all is settled; NULL: never. A night in which a fact is not settled says nothing of it: what comes after is compared with what stood before. A provider
-- rests on the MX hosts up to the first level with a usable one, and where they do not name who holds the mailbox, on what stands behind them.
CREATE VIEW v_settled_run AS
SELECT r.id AS run_id, j.domain_id,
  CASE WHEN v.settled THEN r.id ELSE (
    SELECT b.last_run FROM judgement b JOIN v_verdict w ON w.verdict_id = b.verdict_id WHERE b.domain_id = j.domain_id AND b.list_id = j.list_id
    AND b.first_run < j.first_run AND w.settled ORDER BY b.first_run DESC LIMIT 1) END AS state_run,
  CASE WHEN v.settled AND (v.backup IS NOT NULL OR NOT v.receives OR ',' || r.checks NOT LIKE '%,host%') THEN r.id ELSE (
    SELECT b.last_run FROM judgement b JOIN v_verdict w ON w.verdict_id = b.verdict_id WHERE b.domain_id = j.domain_id AND b.list_id = j.list_id
    AND b.first_run < j.first_run AND w.settled AND (w.backup IS NOT NULL OR NOT w.receives) ORDER BY b.first_run DESC LIMIT 1) END AS backup_run,
  CASE WHEN v.settled AND v.mailbox_settled AND NOT EXISTS (
    SELECT 1 FROM domain_history d JOIN mx_entry e ON e.set_id = d.mx_set_id JOIN host_history h ON h.host_id = e.host_id AND h.list_id = d.list_id
      AND h.first_run <= r.id AND ifnull(h.last_run, r.id) >= r.id AND h.usable IS NULL
    WHERE d.domain_id = j.domain_id AND d.list_id = j.list_id AND d.first_run = (SELECT max(x.first_run) FROM domain_history x
      WHERE x.domain_id = j.domain_id AND x.list_id = j.list_id AND x.first_run <= r.id) AND ifnull(d.last_run, r.id) >= r.id AND NOT EXISTS (
        SELECT 1 FROM mx_entry f JOIN host_history g ON g.host_id = f.host_id AND g.list_id = d.list_id AND g.first_run <= r.id
        AND ifnull(g.last_run, r.id) >= r.id AND g.usable WHERE f.set_id = e.set_id AND f.preference < e.preference)) THEN r.id ELSE (
    SELECT q.id FROM run q CROSS JOIN judgement b ON b.domain_id = j.domain_id AND b.list_id = q.list_id AND b.first_run = (
      SELECT max(x.first_run) FROM judgement x WHERE x.domain_id = j.domain_id AND x.list_id = q.list_id AND x.first_run <= q.id)
      AND ifnull(b.last_run, q.id) >= q.id CROSS JOIN v_verdict w ON w.verdict_id = b.verdict_id AND w.settled AND w.mailbox_settled
    WHERE q.list_id = r.list_id AND q.id < r.id AND q.state = 'complete' AND NOT EXISTS (
    SELECT 1 FROM domain_history d JOIN mx_entry e ON e.set_id = d.mx_set_id JOIN host_history h ON h.host_id = e.host_id AND h.list_id = d.list_id
      AND h.first_run <= q.id AND ifnull(h.last_run, q.id) >= q.id AND h.usable IS NULL
    WHERE d.domain_id = j.domain_id AND d.list_id = j.list_id AND d.first_run = (SELECT max(x.first_run) FROM domain_history x
      WHERE x.domain_id = j.domain_id AND x.list_id = j.list_id AND x.first_run <= q.id) AND ifnull(d.last_run, q.id) >= q.id AND NOT EXISTS (
        SELECT 1 FROM mx_entry f JOIN host_history g ON g.host_id = f.host_id AND g.list_id = d.list_id AND g.first_run <= q.id
        AND ifnull(g.last_run, q.id) >= q.id AND g.usable WHERE f.set_id = e.set_id AND f.preference < e.preference))
    ORDER BY q.id DESC LIMIT 1) END AS provider_run
FROM run r
JOIN judgement j ON j.list_id = r.list_id AND j.first_run <= r.id AND ifnull(j.last_run, r.id) >= r.id
JOIN v_verdict v ON v.verdict_id = j.verdict_id
WHERE r.state = 'complete';

-- What is known of the addresses of each MX host of a run: what the run found, or, where it could not settle both families, what was last settled before?
-- since: the first run that could not; existed: the A answer that was last settled.
CREATE VIEW v_host_known AS
SELECT r.id AS run_id, p.host_id, k.a_outcome, k.a_set_id, k.aaaa_outcome, k.aaaa_set_id,
  CASE WHEN k.first_run < p.first_run THEN (SELECT min(x.first_run) FROM host_history x WHERE x.host_id = p.host_id AND x.list_id = p.list_id
    AND x.first_run > k.first_run) END AS since,
  n.a_outcome AS existed,
  CASE WHEN n.first_run < p.first_run THEN (SELECT min(x.first_run) FROM host_history x WHERE x.host_id = p.host_id AND x.list_id = p.list_id
    AND x.first_run > n.first_run) END AS existed_since
FROM run r
JOIN host_history p ON p.list_id = r.list_id AND p.first_run <= r.id AND ifnull(p.last_run, r.id) >= r.id
LEFT JOIN outcome po ON po.id = p.a_outcome
LEFT JOIN outcome pq ON pq.id = p.aaaa_outcome
JOIN host_history k ON k.host_id = p.host_id AND k.list_id = p.list_id AND k.first_run = CASE WHEN ifnull(po.settled, 1) AND ifnull(pq.settled, 1)
  THEN p.first_run ELSE ifnull((SELECT max(x.first_run) FROM host_history x JOIN outcome xo ON xo.id = x.a_outcome AND xo.settled
    LEFT JOIN outcome xq ON xq.id = x.aaaa_outcome WHERE x.host_id = p.host_id AND x.list_id = p.list_id AND x.first_run < p.first_run
    AND ifnull(xq.settled, 1)), p.first_run) END
JOIN host_history n ON n.host_id = p.host_id AND n.list_id = p.list_id AND n.first_run = CASE WHEN ifnull(po.settled, 1) THEN p.first_run
  ELSE ifnull((SELECT max(x.first_run) FROM host_history x JOIN outcome xo ON xo.id = x.a_outcome AND xo.settled
    WHERE x.host_id = p.host_id AND x.list_id = p.list_id AND x.first_run < p.first_run), p.first_run) END
WHERE r.state = 'complete';

-- Which addresses are known of MX hosts that answer with parts of a pool, others at each question? heard_run: the last run that heard it, as long as the
-- pool has not moved away from it; moved_run: the run in which it has.
CREATE VIEW v_address_pool AS
SELECT p.list_id, p.host_id, h.name AS host, p.address_id, a.address, nullif(max(p.seen_run, 0), 0) AS heard_run, nullif(max(-p.seen_run, 0), 0) AS moved_run
FROM address_pool p JOIN host h ON h.id = p.host_id JOIN address a ON a.id = p.address_id;

-- Which two sets of addresses of an MX host are parts of one pool? It has moved away from neither, or from both at once.
CREATE VIEW v_same_pool AS
SELECT p.list_id, p.host_id, x.set_id AS old_set, y.set_id AS new_set
FROM address_entry x
CROSS JOIN address_pool p ON p.address_id = x.address_id
CROSS JOIN address_entry y
CROSS JOIN address_pool q ON q.host_id = p.host_id AND q.list_id = p.list_id AND q.address_id = y.address_id AND min(q.seen_run, 0) = min(p.seen_run, 0);

-- Between which two runs has the MX set of a domain grown by nothing but more of the pool that it answers with parts of?
CREATE VIEW v_same_mx AS
SELECT a.id AS from_run, b.id AS to_run, x.domain_id
FROM run a
CROSS JOIN run b ON b.list_id = a.list_id AND b.id > a.id
CROSS JOIN domain_history x ON x.domain_id IN (SELECT domain_id FROM mx_grown) AND x.list_id = a.list_id AND x.first_run <= a.id
  AND ifnull(x.last_run, a.id) >= a.id
CROSS JOIN domain_history y ON y.domain_id = x.domain_id AND y.list_id = a.list_id AND y.first_run <= b.id AND ifnull(y.last_run, b.id) >= b.id
WHERE x.mx_set_id <> y.mx_set_id
  AND NOT EXISTS (SELECT 1 FROM mx_entry o WHERE o.set_id = x.mx_set_id AND (o.preference, o.host_id) NOT IN (
    SELECT n.preference, n.host_id FROM mx_entry n WHERE n.set_id = y.mx_set_id))
  AND NOT EXISTS (SELECT 1 FROM domain_history z WHERE z.domain_id = x.domain_id AND z.list_id = a.list_id AND z.first_run > a.id
    AND z.first_run <= b.id AND z.mx_set_id <> x.mx_set_id AND z.mx_set_id NOT IN ( -- told again after a night that settled nothing it is the same
      SELECT s.mx_set_id FROM mx_grown g JOIN domain_history s ON s.domain_id = g.domain_id AND s.first_run = g.run_id
      WHERE g.domain_id = z.domain_id AND s.list_id = a.list_id AND s.mx_set_id IS NOT NULL AND g.run_id > a.id AND g.run_id <= z.first_run));

-- What changed in a run against the complete run of its list before it? Settled is compared with settled only: what could not be settled then, with what
-- was last settled before, and undetermined_since is the first run that could not. The one kind that is not is `became_undetermined`.
-- Parts of one pool are no change (v_same_pool of addresses, v_same_mx of MX records). `mxsurvey diff` tells the same of any two runs.
CREATE VIEW v_change AS
WITH reach AS MATERIALIZED (SELECT run_id, domain_id, state_run, backup_run FROM v_settled_run), -- once, then in this order
carried AS MATERIALIZED ( -- a domain with one verdict all along has not moved
  SELECT run_id, domain_id, provider_run FROM v_settled_run WHERE domain_id IN (SELECT domain_id FROM judgement GROUP BY domain_id HAVING count(*) > 1)),
label AS MATERIALIZED (
  SELECT verdict_id, role, group_concat(name, ' + ') AS names FROM (SELECT l.verdict_id, ro.name AS role, p.name FROM verdict_label l
    JOIN provider p ON p.id = l.provider_id JOIN role ro ON ro.id = l.role WHERE ro.name <> 'backup' ORDER BY l.verdict_id, ro.name, p.name) GROUP BY verdict_id, role),
side AS (
  SELECT r.id AS run_id, r.list_id, r.previous_run, k.state_run AS old_run, k.backup_run, b.domain_id, a.mx_set_id AS old_set,
         b.mx_set_id AS new_set, CASE WHEN va.state = 'implicit_mx' THEN a.implicit_host_id END AS old_own,
         CASE WHEN vb.state = 'implicit_mx' THEN b.implicit_host_id END AS new_own, ja.verdict_id AS old_verdict, jb.verdict_id AS new_verdict, va.state AS old_state,
         vb.state AS new_state, vb.backup AS new_backup, va.receives AS old_receives, vb.receives AS new_receives, vb.settled AS new_settled,
         (',' || r.checks LIKE '%,host%') = (',' || q.checks LIKE '%,host%') AS hosts_alike
  FROM run r
  CROSS JOIN reach k ON k.run_id = r.previous_run
  CROSS JOIN run q ON q.id = k.state_run
  CROSS JOIN domain_history a ON a.domain_id = k.domain_id AND a.list_id = r.list_id AND a.first_run = (SELECT max(x.first_run)
    FROM domain_history x WHERE x.domain_id = k.domain_id AND x.list_id = r.list_id AND x.first_run <= q.id) AND ifnull(a.last_run, q.id) >= q.id
  CROSS JOIN domain_history b ON b.domain_id = k.domain_id AND b.list_id = r.list_id AND b.first_run = (SELECT max(x.first_run)
    FROM domain_history x WHERE x.domain_id = k.domain_id AND x.list_id = r.list_id AND x.first_run <= r.id) AND ifnull(b.last_run, r.id) >= r.id
  CROSS JOIN judgement ja ON ja.domain_id = k.domain_id AND ja.list_id = r.list_id AND ja.first_run = (SELECT max(x.first_run)
    FROM judgement x WHERE x.domain_id = k.domain_id AND x.list_id = r.list_id AND x.first_run <= q.id) AND ifnull(ja.last_run, q.id) >= q.id
  CROSS JOIN judgement jb ON jb.domain_id = k.domain_id AND jb.list_id = r.list_id AND jb.first_run = (SELECT max(x.first_run)
    FROM judgement x WHERE x.domain_id = k.domain_id AND x.list_id = r.list_id AND x.first_run <= r.id) AND ifnull(jb.last_run, r.id) >= r.id
  JOIN v_verdict va ON va.verdict_id = ja.verdict_id
  JOIN v_verdict vb ON vb.verdict_id = jb.verdict_id
  WHERE r.state = 'complete'),
settled AS (SELECT * FROM side WHERE new_settled),
moved AS MATERIALIZED ( -- the few that most kinds of change can be about
  SELECT * FROM side WHERE new_verdict <> old_verdict OR new_set IS NOT old_set OR new_own IS NOT old_own OR backup_run IS NOT old_run),
other AS MATERIALIZED ( -- MX records
  SELECT * FROM moved s WHERE new_settled AND new_set IS NOT old_set
    AND NOT EXISTS (SELECT 1 FROM v_same_mx w WHERE w.from_run = s.old_run AND w.to_run = s.run_id AND w.domain_id = s.domain_id)),
named AS MATERIALIZED (
  SELECT verdict_id, max(CASE role WHEN 'mailbox' THEN names END) || ifnull(' behind ' || max(CASE role WHEN 'gateway' THEN names END), '') AS provider
  FROM label GROUP BY verdict_id HAVING max(role) = 'mailbox'
  UNION ALL SELECT verdict_id, names FROM label GROUP BY verdict_id HAVING max(role) = 'gateway'),
server AS MATERIALIZED (SELECT from_run, to_run, host_id, kind, old, new, since FROM v_server_change_between),
stirred AS MATERIALIZED ( -- MX hosts that a change can be about: they do not exist, or something of them was different before
  SELECT r.id AS run_id, h.host_id FROM run r JOIN host_history h ON h.list_id = r.list_id AND h.first_run <= r.id AND ifnull(h.last_run, r.id) >= r.id
  WHERE r.state = 'complete' AND (h.a_outcome = (SELECT id FROM outcome WHERE name = 'nxdomain') OR EXISTS (SELECT 1 FROM host_history e
    WHERE e.host_id = h.host_id AND e.list_id = h.list_id AND e.first_run < h.first_run))
  UNION SELECT to_run, host_id FROM server),
mx_host AS ( -- each once, at its smallest preference
  SELECT s.run_id, s.old_run, s.list_id, s.domain_id, e.host_id, h.name, h.deliverable, s.old_set, s.old_own, 0 AS own, min(e.preference) AS preference
  FROM settled s CROSS JOIN mx_entry e ON e.set_id = s.new_set CROSS JOIN stirred t ON t.run_id = s.run_id AND t.host_id = e.host_id
  CROSS JOIN host h ON h.id = e.host_id AND h.name <> ''
  GROUP BY s.run_id, s.domain_id, e.host_id
  UNION ALL SELECT s.run_id, old_run, list_id, domain_id, new_own, h.name, h.deliverable, old_set, old_own, 1, 0
  FROM settled s CROSS JOIN stirred t ON t.run_id = s.run_id AND t.host_id = s.new_own CROSS JOIN host h ON h.id = s.new_own),
spoken AS MATERIALIZED (SELECT run_id, host_id, count(*) AS servers FROM v_server_word GROUP BY run_id, host_id),
before AS MATERIALIZED ( -- of those alone: the view is worked out for a run and a host, and not whole
  SELECT k.run_id, k.host_id, k.a_outcome, k.a_set_id, k.aaaa_outcome, k.aaaa_set_id, k.existed, k.since, k.existed_since
  FROM (SELECT DISTINCT old_run, host_id FROM mx_host) m CROSS JOIN v_host_known k ON k.run_id = m.old_run AND k.host_id = m.host_id),
known AS (
  SELECT x.*, EXISTS (SELECT 1 FROM mx_entry o WHERE o.set_id = x.old_set AND o.host_id = x.host_id) OR x.old_own IS x.host_id AS was,
         ao.name AS old_a, ao.settled AS old_a_settled, aq.name AS old_aaaa, aq.settled AS old_aaaa_settled, a.a_set_id AS old_a_set, a.aaaa_set_id AS old_aaaa_set,
         bo.name AS new_a, bo.settled AS new_a_settled, bq.name AS new_aaaa, bq.settled AS new_aaaa_settled, b.a_set_id AS new_a_set, b.aaaa_set_id AS new_aaaa_set,
         ae.name AS existed, ae.settled AS existed_settled, a.since, a.existed_since
  FROM mx_host x
  LEFT JOIN before a ON a.run_id = x.old_run AND a.host_id = x.host_id
  JOIN host_history b ON b.host_id = x.host_id AND b.list_id = x.list_id AND b.first_run <= x.run_id
                  AND ifnull(b.last_run, x.run_id) >= x.run_id
  LEFT JOIN outcome ao ON ao.id = a.a_outcome LEFT JOIN outcome aq ON aq.id = a.aaaa_outcome LEFT JOIN outcome ae ON ae.id = a.existed
  LEFT JOIN outcome bo ON bo.id = b.a_outcome LEFT JOIN outcome bq ON bq.id = b.aaaa_outcome),
change AS ( -- old_run: what it was compared with; since: of a part of it that rests on more than the domain
  SELECT run_id, domain_id, 'state_changed' AS kind, old_state AS old, new_state AS new, old_run, NULL AS since
  FROM moved WHERE new_settled AND old_state <> new_state AND (hosts_alike OR old_state NOT IN ('mx', 'broken') OR new_state NOT IN ('mx', 'broken'))
  UNION ALL
  SELECT run_id, domain_id, 'became_undetermined', old_state, new_state, old_run, NULL FROM moved WHERE NOT new_settled AND old_run = previous_run
  UNION ALL
  SELECT run_id, domain_id, CASE WHEN old_receives THEN 'receives_no_more' ELSE 'receives_again' END, old_state, new_state, old_run, NULL
  FROM moved WHERE new_settled AND old_receives <> new_receives AND (hosts_alike OR old_state NOT IN ('mx', 'broken') OR new_state NOT IN ('mx', 'broken'))
  UNION ALL
  SELECT r.id, a.domain_id, 'left', v.state, NULL, r.previous_run, NULL FROM run r
  CROSS JOIN domain_history a ON a.list_id = r.list_id AND a.first_run <= r.previous_run AND a.last_run >= r.previous_run AND a.last_run < r.id
  CROSS JOIN judgement j ON j.domain_id = a.domain_id AND j.list_id = r.list_id AND j.first_run <= r.previous_run
                  AND ifnull(j.last_run, r.previous_run) >= r.previous_run
  JOIN v_verdict v ON v.verdict_id = j.verdict_id
  WHERE r.state = 'complete' AND NOT EXISTS (SELECT 1 FROM domain_history b WHERE b.domain_id = a.domain_id AND b.list_id = r.list_id
    AND b.first_run <= r.id AND ifnull(b.last_run, r.id) >= r.id)
    AND r.shard = (SELECT shard FROM run WHERE id = r.previous_run) -- else, or where excluded, it is on the list and was not asked
    AND (r.id, a.domain_id) NOT IN (SELECT run_id, domain_id FROM v_excluded)
  UNION ALL
  SELECT r.id, b.domain_id, 'joined', NULL, v.state, r.previous_run, NULL FROM run r
  CROSS JOIN domain_history b ON b.list_id = r.list_id AND b.first_run <= r.id AND ifnull(b.last_run, r.id) >= r.id AND b.first_run > r.previous_run
  CROSS JOIN judgement j ON j.domain_id = b.domain_id AND j.list_id = r.list_id AND j.first_run <= r.id AND ifnull(j.last_run, r.id) >= r.id
  JOIN v_verdict v ON v.verdict_id = j.verdict_id
  WHERE r.state = 'complete' AND r.previous_run IS NOT NULL AND NOT EXISTS (SELECT 1 FROM domain_history a
    WHERE a.domain_id = b.domain_id AND a.list_id = r.list_id AND a.first_run <= r.previous_run
    AND ifnull(a.last_run, r.previous_run) >= r.previous_run)
    AND r.shard = (SELECT shard FROM run WHERE id = r.previous_run)
    AND (r.previous_run, b.domain_id) NOT IN (SELECT run_id, domain_id FROM v_excluded)
  UNION ALL
  SELECT s.run_id, s.domain_id, CASE WHEN v.backup = 'effective' THEN 'backup_lost' ELSE 'backup_gained' END, v.backup, s.new_backup, s.backup_run, NULL
  FROM moved s
  JOIN judgement j ON j.domain_id = s.domain_id AND j.list_id = s.list_id AND j.first_run <= s.backup_run AND ifnull(j.last_run, s.backup_run) >= s.backup_run
  JOIN domain_history d ON d.domain_id = s.domain_id AND d.list_id = s.list_id AND d.first_run <= s.backup_run AND ifnull(d.last_run, s.backup_run) >= s.backup_run
  JOIN v_verdict v ON v.verdict_id = j.verdict_id
  WHERE s.new_settled AND (v.backup = 'effective') <> (s.new_backup = 'effective') AND ((s.new_set IS NOT d.mx_set_id AND NOT EXISTS (
      SELECT 1 FROM v_same_mx w WHERE w.from_run = s.backup_run AND w.to_run = s.run_id AND w.domain_id = s.domain_id))
    OR s.new_own IS NOT CASE WHEN v.state = 'implicit_mx' THEN d.implicit_host_id END
    OR EXISTS (SELECT 1 FROM mx_entry e
      LEFT JOIN host_history b ON b.host_id = e.host_id AND b.list_id = s.list_id AND b.first_run <= s.run_id AND ifnull(b.last_run, s.run_id) >= s.run_id
      WHERE e.set_id = d.mx_set_id AND ifnull((SELECT a.a_outcome IS NOT b.a_outcome OR a.aaaa_outcome IS NOT b.aaaa_outcome
          OR (a.a_set_id IS NOT b.a_set_id AND NOT EXISTS (SELECT 1 FROM v_same_pool w WHERE w.old_set = a.a_set_id
            AND w.new_set = b.a_set_id AND w.host_id = e.host_id AND w.list_id = s.list_id))
          OR (a.aaaa_set_id IS NOT b.aaaa_set_id AND NOT EXISTS (SELECT 1 FROM v_same_pool w WHERE w.old_set = a.aaaa_set_id
            AND w.new_set = b.aaaa_set_id AND w.host_id = e.host_id AND w.list_id = s.list_id))
        FROM v_host_known a WHERE a.run_id = s.backup_run AND a.host_id = e.host_id),
        b.host_id IS NOT NULL))) -- not joined: a joined view is worked out whole, for each domain
   AND (v.backup <> 'effective' OR (s.new_receives
    AND (NOT v.mailbox_settled OR NOT (SELECT n.mailbox_settled FROM v_verdict n WHERE n.verdict_id = s.new_verdict)
      OR (SELECT provider FROM named WHERE verdict_id = j.verdict_id) IS (SELECT provider FROM named WHERE verdict_id = s.new_verdict))))
  UNION ALL
  SELECT run_id, domain_id, 'host_added', NULL, (SELECT group_concat(name, ', ') FROM (SELECT h.name, min(e.preference) FROM mx_entry e
    JOIN host h ON h.id = e.host_id WHERE e.set_id = s.new_set AND h.name <> '' AND e.host_id NOT IN
    (SELECT o.host_id FROM mx_entry o WHERE o.set_id = s.old_set) AND e.host_id IS NOT s.old_own GROUP BY e.host_id ORDER BY 2, e.host_id)), old_run, NULL
  FROM other s
  UNION ALL
  SELECT run_id, domain_id, 'host_removed', (SELECT group_concat(name, ', ') FROM (SELECT h.name, min(e.preference) FROM mx_entry e
    JOIN host h ON h.id = e.host_id WHERE e.set_id = s.old_set AND h.name <> '' AND e.host_id NOT IN
    (SELECT o.host_id FROM mx_entry o WHERE o.set_id = s.new_set) AND e.host_id IS NOT s.new_own GROUP BY e.host_id ORDER BY 2, e.host_id)), NULL, old_run, NULL
  FROM other s
  UNION ALL
  SELECT run_id, domain_id, 'preference_swap',
    (SELECT group_concat(x, ', ') FROM (SELECT e.preference || ' ' || CASE h.name WHEN '' THEN '.' ELSE h.name END AS x FROM mx_entry e
     JOIN host h ON h.id = e.host_id WHERE e.set_id = s.old_set ORDER BY e.preference, e.host_id)),
    (SELECT group_concat(x, ', ') FROM (SELECT e.preference || ' ' || CASE h.name WHEN '' THEN '.' ELSE h.name END AS x FROM mx_entry e
     JOIN host h ON h.id = e.host_id WHERE e.set_id = s.new_set ORDER BY e.preference, e.host_id)), old_run, NULL
  FROM other s WHERE new_set <> old_set AND EXISTS (
    SELECT 1 FROM (SELECT host_id, min(preference) AS p FROM mx_entry WHERE set_id = s.old_set GROUP BY host_id) a1
    JOIN (SELECT host_id, min(preference) AS p FROM mx_entry WHERE set_id = s.new_set GROUP BY host_id) b1 ON b1.host_id = a1.host_id
    JOIN (SELECT host_id, min(preference) AS p FROM mx_entry WHERE set_id = s.old_set GROUP BY host_id) a2 ON a2.p > a1.p
    JOIN (SELECT host_id, min(preference) AS p FROM mx_entry WHERE set_id = s.new_set GROUP BY host_id) b2 ON b2.host_id = a2.host_id
     AND b2.p < b1.p)
  UNION ALL
  SELECT run_id, domain_id, 'host_dangling', NULL, group_concat(name, ', '), old_run, min(CASE WHEN was THEN CASE WHEN by_a THEN existed_since ELSE since END END)
  FROM (SELECT *, existed_settled AND existed <> 'nxdomain' AS by_a FROM known WHERE new_a = 'nxdomain' AND new_aaaa = 'nxdomain' AND NOT own
    AND (NOT was OR by_a OR (old_aaaa_settled AND old_aaaa <> 'nxdomain'))
    AND deliverable -- neither an IP literal nor localhost
    ORDER BY run_id, domain_id, preference, host_id) GROUP BY run_id, domain_id
  UNION ALL
  SELECT run_id, domain_id, 'address_moved', group_concat(old, ', '), group_concat(new, ', '), old_run, min(since)
  FROM (SELECT run_id, domain_id, old_run, since,
      name || ifnull(' ' || (SELECT group_concat(address, ' ') FROM (SELECT a.address, e.set_id IS old_aaaa_set AS six FROM address_entry e
        JOIN address a ON a.id = e.address_id WHERE e.set_id IN (old_a_set, old_aaaa_set) ORDER BY six, e.position)), '') AS old,
      name || ifnull(' ' || (SELECT group_concat(address, ' ') FROM (SELECT a.address, e.set_id IS new_aaaa_set AS six FROM address_entry e
        JOIN address a ON a.id = e.address_id WHERE e.set_id IN (new_a_set, new_aaaa_set) ORDER BY six, e.position)), '') AS new
    FROM known WHERE was AND old_a_settled AND new_a_settled AND old_aaaa_settled AND new_aaaa_settled AND ifnull(old_a_set, old_aaaa_set) IS NOT NULL
     AND ifnull(new_a_set, new_aaaa_set) IS NOT NULL AND (old_a_set IS NOT new_a_set OR old_aaaa_set IS NOT new_aaaa_set)
     AND EXISTS (SELECT 1 FROM address_entry e WHERE e.set_id IN (old_a_set, old_aaaa_set) AND e.address_id NOT IN
       (SELECT n.address_id FROM address_entry n WHERE n.set_id IN (new_a_set, new_aaaa_set)) AND NOT EXISTS (
         SELECT 1 FROM v_same_pool w WHERE w.old_set = e.set_id AND w.host_id = known.host_id AND w.list_id = known.list_id
         AND w.new_set = CASE WHEN e.set_id IS old_aaaa_set THEN new_aaaa_set ELSE new_a_set END))
    ORDER BY run_id, domain_id, preference, host_id)
  GROUP BY run_id, domain_id
  UNION ALL
  SELECT m.run_id, m.domain_id, 'provider_migrated', o.provider, n.provider, q.id, NULL
  FROM carried m -- where it is certain, against the last run in which it was
  CROSS JOIN run r ON r.id = m.run_id
  CROSS JOIN carried k ON k.run_id = r.previous_run AND k.domain_id = m.domain_id
  CROSS JOIN run q ON q.id = k.provider_run
  CROSS JOIN judgement j ON j.domain_id = m.domain_id AND j.list_id = r.list_id AND j.first_run = (SELECT max(x.first_run) FROM judgement x
    WHERE x.domain_id = m.domain_id AND x.list_id = r.list_id AND x.first_run <= q.id) AND ifnull(j.last_run, q.id) >= q.id
  CROSS JOIN judgement i ON i.domain_id = m.domain_id AND i.list_id = r.list_id AND i.first_run = (SELECT max(x.first_run) FROM judgement x
    WHERE x.domain_id = m.domain_id AND x.list_id = r.list_id AND x.first_run <= r.id) AND ifnull(i.last_run, r.id) >= r.id
    AND i.verdict_id <> j.verdict_id
  CROSS JOIN domain_history d ON d.domain_id = m.domain_id AND d.list_id = r.list_id AND d.first_run = (SELECT max(x.first_run) FROM domain_history x
    WHERE x.domain_id = m.domain_id AND x.list_id = r.list_id AND x.first_run <= q.id) AND ifnull(d.last_run, q.id) >= q.id
  JOIN v_verdict v ON v.verdict_id = j.verdict_id AND v.receives
  JOIN v_verdict w ON w.verdict_id = i.verdict_id AND w.receives
  JOIN named o ON o.verdict_id = j.verdict_id JOIN named n ON n.verdict_id = i.verdict_id
  WHERE m.provider_run = m.run_id AND o.provider <> n.provider
    AND NOT EXISTS (SELECT 1 FROM v_same_mx x WHERE x.from_run = q.id AND x.to_run = r.id AND x.domain_id = m.domain_id) AND (',' || r.checks LIKE '%,host%') = (',' || q.checks LIKE '%,host%')
    AND (',' || r.checks LIKE '%,auth%') = (',' || q.checks LIKE '%,auth%') AND (',' || r.checks LIKE '%,smtp%') = (',' || q.checks LIKE '%,smtp%')
    AND NOT EXISTS ( -- a host with servers that had not been heard: whom they name is no move
      SELECT 1 FROM spoken y LEFT JOIN spoken z ON z.run_id = q.id AND z.host_id = y.host_id
      WHERE y.run_id = r.id AND (y.host_id = CASE WHEN v.state = 'implicit_mx' THEN d.implicit_host_id END
        OR y.host_id IN (SELECT e.host_id FROM mx_entry e WHERE e.set_id = d.mx_set_id))
        AND (z.servers IS NULL OR (z.servers < y.servers
          AND (SELECT a.a_set_id FROM v_host_known a WHERE a.run_id = q.id AND a.host_id = y.host_id) IS (SELECT b.a_set_id FROM host_history b
            WHERE b.host_id = y.host_id AND b.list_id = r.list_id AND b.first_run <= r.id AND ifnull(b.last_run, r.id) >= r.id)
          AND (SELECT a.aaaa_set_id FROM v_host_known a WHERE a.run_id = q.id AND a.host_id = y.host_id) IS (SELECT b.aaaa_set_id FROM host_history b
            WHERE b.host_id = y.host_id AND b.list_id = r.list_id AND b.first_run <= r.id AND ifnull(b.last_run, r.id) >= r.id))))
  UNION ALL
  SELECT run_id, domain_id, kind, group_concat(old, ', '), group_concat(new, ', '), old_run, min(since)
  FROM (SELECT m.run_id, m.domain_id, m.old_run, c.kind, c.old, c.new, c.since FROM mx_host m
    JOIN server c ON c.from_run = m.old_run AND c.to_run = m.run_id AND c.host_id = m.host_id
    WHERE m.host_id IS m.old_own OR m.host_id IN (SELECT e.host_id FROM mx_entry e WHERE e.set_id = m.old_set)
    ORDER BY m.run_id, m.domain_id, c.kind, m.preference, m.host_id)
  GROUP BY run_id, domain_id, kind
  UNION ALL
  SELECT r.id, p.domain_id, 'policy_changed', p.old, p.new, r.previous_run, p.since
  FROM run r
  CROSS JOIN v_policy_change p ON p.from_run = r.previous_run AND p.to_run = r.id)
SELECT c.run_id, d.name AS domain, c.kind, CAST(c.old AS TEXT) AS old, CAST(c.new AS TEXT) AS new, r.previous_run,
       nullif(min(ifnull(c.since, 9e18), ifnull(CASE WHEN c.old_run <> r.previous_run THEN (SELECT min(q.id) FROM run q JOIN judgement j ON j.domain_id = c.domain_id
         AND j.list_id = q.list_id AND j.first_run <= q.id AND ifnull(j.last_run, q.id) >= q.id
         WHERE q.list_id = r.list_id AND q.state = 'complete' AND q.id > c.old_run) END, 9e18)), 9e18) AS undetermined_since
FROM change c
JOIN domain d ON d.id = c.domain_id
JOIN run r ON r.id = c.run_id
WHERE c.old IS NOT NULL OR c.new IS NOT NULL;
