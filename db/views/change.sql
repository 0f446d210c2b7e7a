-- What changed in a run against the complete run of its list before it? Settled is compared with settled only; the one kind
-- that is not is `became_undetermined`. `mxsurvey diff` tells the same of any two runs.
CREATE VIEW v_change AS
WITH label AS MATERIALIZED (
  SELECT verdict_id, role, group_concat(name, ' + ') AS names FROM (SELECT l.verdict_id, ro.name AS role, p.name FROM verdict_label l
    JOIN provider p ON p.id = l.provider_id JOIN role ro ON ro.id = l.role WHERE ro.name <> 'backup' ORDER BY l.verdict_id, ro.name, p.name) GROUP BY verdict_id, role),
side AS (
  SELECT r.id AS run_id, r.list_id, r.previous_run, a.domain_id, a.mx_set_id AS old_set, b.mx_set_id AS new_set,
         CASE WHEN va.state = 'implicit_mx' THEN a.implicit_host_id END AS old_own, CASE WHEN vb.state = 'implicit_mx' THEN b.implicit_host_id END AS new_own,
         ja.verdict_id AS old_verdict, jb.verdict_id AS new_verdict, va.state AS old_state, vb.state AS new_state,
         va.backup AS old_backup, vb.backup AS new_backup, va.receives AS old_receives, vb.receives AS new_receives,
         vb.settled AS new_settled, (',' || r.checks LIKE '%,host%') = (',' || q.checks LIKE '%,host%') AS hosts_alike,
         (',' || r.checks LIKE '%,auth%') = (',' || q.checks LIKE '%,auth%') AS auth_alike,
         (',' || r.checks LIKE '%,smtp%') = (',' || q.checks LIKE '%,smtp%') AS smtp_alike
  FROM run r JOIN run q ON q.id = r.previous_run
  JOIN domain_history a ON a.list_id = r.list_id AND a.first_run <= r.previous_run AND ifnull(a.last_run, r.previous_run) >= r.previous_run
  JOIN domain_history b ON b.domain_id = a.domain_id AND b.list_id = r.list_id AND b.first_run <= r.id AND ifnull(b.last_run, r.id) >= r.id
  JOIN judgement ja ON ja.domain_id = a.domain_id AND ja.list_id = r.list_id AND ja.first_run <= r.previous_run
                   AND ifnull(ja.last_run, r.previous_run) >= r.previous_run
  JOIN judgement jb ON jb.domain_id = a.domain_id AND jb.list_id = r.list_id AND jb.first_run <= r.id AND ifnull(jb.last_run, r.id) >= r.id
  JOIN v_verdict va ON va.verdict_id = ja.verdict_id
  JOIN v_verdict vb ON vb.verdict_id = jb.verdict_id
  WHERE r.state = 'complete' AND va.settled),
settled AS (SELECT * FROM side WHERE new_settled),
named AS MATERIALIZED (
  SELECT verdict_id, max(CASE role WHEN 'mailbox' THEN names END) || ifnull(' behind ' || max(CASE role WHEN 'gateway' THEN names END), '') AS provider
  FROM label GROUP BY verdict_id HAVING max(role) = 'mailbox'
  UNION ALL SELECT verdict_id, names FROM label GROUP BY verdict_id HAVING max(role) = 'gateway'),
mx_host AS (
  SELECT s.run_id, s.previous_run, s.list_id, s.domain_id, e.host_id, h.name, s.old_set, s.old_own, 0 AS own
  FROM settled s JOIN mx_entry e ON e.set_id = s.new_set JOIN host h ON h.id = e.host_id AND h.name <> ''
  UNION SELECT run_id, previous_run, list_id, domain_id, new_own, h.name, old_set, old_own, 1
  FROM settled s JOIN host h ON h.id = s.new_own),
spoken AS MATERIALIZED (SELECT run_id, host_id, count(*) AS servers FROM v_server_word GROUP BY run_id, host_id),
first_word AS MATERIALIZED ( -- of hosts with servers that had not been heard: whom they name is no move
  SELECT n.run_id, n.host_id FROM spoken n JOIN run r ON r.id = n.run_id
  LEFT JOIN spoken o ON o.run_id = r.previous_run AND o.host_id = n.host_id
  LEFT JOIN host_history a ON a.host_id = n.host_id AND a.list_id = r.list_id AND a.first_run <= r.previous_run AND ifnull(a.last_run, r.previous_run) >= r.previous_run
  LEFT JOIN host_history b ON b.host_id = n.host_id AND b.list_id = r.list_id AND b.first_run <= r.id AND ifnull(b.last_run, r.id) >= r.id
  WHERE o.servers IS NULL OR (o.servers < n.servers AND a.a_set_id IS b.a_set_id AND a.aaaa_set_id IS b.aaaa_set_id)),
known AS (
  SELECT x.*, EXISTS (SELECT 1 FROM mx_entry o WHERE o.set_id = x.old_set AND o.host_id = x.host_id) OR x.old_own IS x.host_id AS was,
         ao.name AS old_a, ao.settled AS old_a_settled, aq.settled AS old_aaaa_settled, a.a_set_id AS old_a_set, a.aaaa_set_id AS old_aaaa_set,
         bo.name AS new_a, bo.settled AS new_a_settled, bq.settled AS new_aaaa_settled, b.a_set_id AS new_a_set, b.aaaa_set_id AS new_aaaa_set
  FROM mx_host x
  LEFT JOIN host_history a ON a.host_id = x.host_id AND a.list_id = x.list_id AND a.first_run <= x.previous_run
                       AND ifnull(a.last_run, x.previous_run) >= x.previous_run
  JOIN host_history b ON b.host_id = x.host_id AND b.list_id = x.list_id AND b.first_run <= x.run_id
                  AND ifnull(b.last_run, x.run_id) >= x.run_id
  LEFT JOIN outcome ao ON ao.id = a.a_outcome LEFT JOIN outcome aq ON aq.id = a.aaaa_outcome
  LEFT JOIN outcome bo ON bo.id = b.a_outcome LEFT JOIN outcome bq ON bq.id = b.aaaa_outcome),
change AS (
  SELECT run_id, domain_id, 'state_changed' AS kind, old_state AS old, new_state AS new
  FROM settled WHERE old_state <> new_state AND (hosts_alike OR old_state NOT IN ('mx', 'broken') OR new_state NOT IN ('mx', 'broken'))
  UNION ALL
  SELECT run_id, domain_id, 'became_undetermined', old_state, new_state FROM side WHERE NOT new_settled
  UNION ALL
  SELECT run_id, domain_id, CASE WHEN old_receives THEN 'receives_no_more' ELSE 'receives_again' END, old_state, new_state
  FROM settled WHERE old_receives <> new_receives AND (hosts_alike OR old_state NOT IN ('mx', 'broken') OR new_state NOT IN ('mx', 'broken'))
  UNION ALL
  SELECT r.id, a.domain_id, 'left', v.state, NULL FROM run r
  JOIN domain_history a ON a.list_id = r.list_id AND a.first_run <= r.previous_run AND ifnull(a.last_run, r.previous_run) >= r.previous_run
  JOIN judgement j ON j.domain_id = a.domain_id AND j.list_id = r.list_id AND j.first_run <= r.previous_run
                  AND ifnull(j.last_run, r.previous_run) >= r.previous_run
  JOIN v_verdict v ON v.verdict_id = j.verdict_id
  WHERE r.state = 'complete' AND NOT EXISTS (SELECT 1 FROM domain_history b WHERE b.domain_id = a.domain_id AND b.list_id = r.list_id
    AND b.first_run <= r.id AND ifnull(b.last_run, r.id) >= r.id)
  UNION ALL
  SELECT r.id, b.domain_id, 'joined', NULL, v.state FROM run r
  JOIN domain_history b ON b.list_id = r.list_id AND b.first_run <= r.id AND ifnull(b.last_run, r.id) >= r.id
  JOIN judgement j ON j.domain_id = b.domain_id AND j.list_id = r.list_id AND j.first_run <= r.id AND ifnull(j.last_run, r.id) >= r.id
  JOIN v_verdict v ON v.verdict_id = j.verdict_id
  WHERE r.state = 'complete' AND r.previous_run IS NOT NULL AND NOT EXISTS (SELECT 1 FROM domain_history a
    WHERE a.domain_id = b.domain_id AND a.list_id = r.list_id AND a.first_run <= r.previous_run
    AND ifnull(a.last_run, r.previous_run) >= r.previous_run)
  UNION ALL
  SELECT run_id, domain_id, CASE WHEN old_backup = 'effective' THEN 'backup_lost' ELSE 'backup_gained' END, old_backup, new_backup
  FROM settled s WHERE (old_backup = 'effective') <> (new_backup = 'effective') AND (new_set IS NOT old_set OR new_own IS NOT old_own
    OR EXISTS (SELECT 1 FROM mx_entry e
      LEFT JOIN host_history a ON a.host_id = e.host_id AND a.list_id = s.list_id AND a.first_run <= s.previous_run AND ifnull(a.last_run, s.previous_run) >= s.previous_run
      LEFT JOIN host_history b ON b.host_id = e.host_id AND b.list_id = s.list_id AND b.first_run <= s.run_id AND ifnull(b.last_run, s.run_id) >= s.run_id
      WHERE e.set_id = s.new_set AND (a.a_outcome IS NOT b.a_outcome OR a.a_set_id IS NOT b.a_set_id OR a.aaaa_outcome IS NOT b.aaaa_outcome
        OR a.aaaa_set_id IS NOT b.aaaa_set_id)))
   AND (old_backup <> 'effective' OR (new_receives
    AND (SELECT provider FROM named WHERE verdict_id = old_verdict) IS (SELECT provider FROM named WHERE verdict_id = new_verdict)))
  UNION ALL
  SELECT run_id, domain_id, 'host_added', NULL, (SELECT group_concat(name, ', ') FROM (SELECT h.name, min(e.preference) FROM mx_entry e
    JOIN host h ON h.id = e.host_id WHERE e.set_id = s.new_set AND h.name <> '' AND e.host_id NOT IN
    (SELECT o.host_id FROM mx_entry o WHERE o.set_id = s.old_set) AND e.host_id IS NOT s.old_own GROUP BY e.host_id ORDER BY 2, e.host_id))
  FROM settled s WHERE new_set IS NOT old_set
  UNION ALL
  SELECT run_id, domain_id, 'host_removed', (SELECT group_concat(name, ', ') FROM (SELECT h.name, min(e.preference) FROM mx_entry e
    JOIN host h ON h.id = e.host_id WHERE e.set_id = s.old_set AND h.name <> '' AND e.host_id NOT IN
    (SELECT o.host_id FROM mx_entry o WHERE o.set_id = s.new_set) AND e.host_id IS NOT s.new_own GROUP BY e.host_id ORDER BY 2, e.host_id)), NULL
  FROM settled s WHERE new_set IS NOT old_set
  UNION ALL
  SELECT run_id, domain_id, 'preference_swap',
    (SELECT group_concat(x, ', ') FROM (SELECT e.preference || ' ' || CASE h.name WHEN '' THEN '.' ELSE h.name END AS x FROM mx_entry e
     JOIN host h ON h.id = e.host_id WHERE e.set_id = s.old_set ORDER BY e.preference, e.host_id)),
    (SELECT group_concat(x, ', ') FROM (SELECT e.preference || ' ' || CASE h.name WHEN '' THEN '.' ELSE h.name END AS x FROM mx_entry e
     JOIN host h ON h.id = e.host_id WHERE e.set_id = s.new_set ORDER BY e.preference, e.host_id))
  FROM settled s WHERE new_set <> old_set AND EXISTS (
    SELECT 1 FROM (SELECT host_id, min(preference) AS p FROM mx_entry WHERE set_id = s.old_set GROUP BY host_id) a1
    JOIN (SELECT host_id, min(preference) AS p FROM mx_entry WHERE set_id = s.new_set GROUP BY host_id) b1 ON b1.host_id = a1.host_id
    JOIN (SELECT host_id, min(preference) AS p FROM mx_entry WHERE set_id = s.old_set GROUP BY host_id) a2 ON a2.p > a1.p
    JOIN (SELECT host_id, min(preference) AS p FROM mx_entry WHERE set_id = s.new_set GROUP BY host_id) b2 ON b2.host_id = a2.host_id
     AND b2.p < b1.p)
  UNION ALL
  SELECT run_id, domain_id, 'host_dangling', NULL, group_concat(name, ', ') FROM known
  WHERE new_a = 'nxdomain' AND NOT own AND (NOT was OR (old_a_settled AND old_a <> 'nxdomain')) GROUP BY run_id, domain_id
  UNION ALL
  SELECT run_id, domain_id, 'address_moved', group_concat(name || ifnull(' ' || (SELECT group_concat(a.address, ' ') FROM address_entry e
    JOIN address a ON a.id = e.address_id WHERE e.set_id IN (old_a_set, old_aaaa_set)), ''), ', '),
    group_concat(name || ifnull(' ' || (SELECT group_concat(a.address, ' ') FROM address_entry e
    JOIN address a ON a.id = e.address_id WHERE e.set_id IN (new_a_set, new_aaaa_set)), ''), ', ')
  FROM known WHERE was AND old_a_settled AND new_a_settled AND old_aaaa_settled AND new_aaaa_settled AND ifnull(old_a_set, old_aaaa_set) IS NOT NULL
   AND ifnull(new_a_set, new_aaaa_set) IS NOT NULL AND (old_a_set IS NOT new_a_set OR old_aaaa_set IS NOT new_aaaa_set)
   AND EXISTS (SELECT 1 FROM address_entry e WHERE e.set_id IN (old_a_set, old_aaaa_set) AND e.address_id NOT IN
     (SELECT n.address_id FROM address_entry n WHERE n.set_id IN (new_a_set, new_aaaa_set)))
  GROUP BY run_id, domain_id
  UNION ALL
  SELECT s.run_id, s.domain_id, 'provider_migrated', o.provider, n.provider
  FROM settled s JOIN named o ON o.verdict_id = s.old_verdict JOIN named n ON n.verdict_id = s.new_verdict
  WHERE s.old_verdict <> s.new_verdict AND s.hosts_alike AND s.auth_alike AND s.smtp_alike AND s.old_receives AND s.new_receives AND o.provider <> n.provider
    AND NOT EXISTS (SELECT 1 FROM mx_entry e JOIN host_history h ON h.host_id = e.host_id AND h.list_id = s.list_id
      WHERE ((e.set_id = s.old_set AND h.first_run <= s.previous_run AND ifnull(h.last_run, s.previous_run) >= s.previous_run)
          OR (e.set_id = s.new_set AND h.first_run <= s.run_id AND ifnull(h.last_run, s.run_id) >= s.run_id))
        AND h.usable IS NULL)
    AND NOT EXISTS (SELECT 1 FROM first_word w WHERE w.run_id = s.run_id AND (w.host_id = s.old_own OR w.host_id IN (SELECT e.host_id FROM mx_entry e
      WHERE e.set_id = s.old_set)))
  UNION ALL
  SELECT m.run_id, m.domain_id, c.kind, group_concat(c.old, ', '), group_concat(c.new, ', ')
  FROM (SELECT DISTINCT run_id, domain_id, host_id, old_set, old_own FROM mx_host) m
  JOIN v_server_change c ON c.run_id = m.run_id AND c.host_id = m.host_id
  WHERE m.host_id IS m.old_own OR m.host_id IN (SELECT e.host_id FROM mx_entry e WHERE e.set_id = m.old_set)
  GROUP BY m.run_id, m.domain_id, c.kind
  UNION ALL
  SELECT s.run_id, s.domain_id, 'policy_changed', p.old, p.new
  FROM settled s
  CROSS JOIN v_policy_change p ON p.from_run = s.previous_run AND p.to_run = s.run_id AND p.domain_id = s.domain_id)
SELECT c.run_id, d.name AS domain, c.kind, CAST(c.old AS TEXT) AS old, CAST(c.new AS TEXT) AS new, r.previous_run
FROM change c
JOIN domain d ON d.id = c.domain_id
JOIN run r ON r.id = c.run_id
WHERE c.old IS NOT NULL OR c.new IS NOT NULL;
