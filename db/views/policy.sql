-- What does each domain publish about who sends as it and how mail to it is protected? `policies` is all of it in one line.
CREATE VIEW v_policy AS
SELECT r.id AS run_id, d.name AS domain, sp.json ->> 'record' AS spf, sp.json ->> 'result' AS spf_result, sp.json ->> 'all' AS spf_all,
       sp.json ->> 'lookups' AS spf_lookups, sp.json ->> 'voids' AS spf_voids, dm.json ->> 'record' AS dmarc, dm.json ->> 'inherited_from' AS dmarc_at,
       json_remove(dm.json, '$.record', '$.policy', '$.inherited_from') AS dmarc_tags, dk.json AS dkim, bi.json ->> 'record' AS bimi,
       ms.json ->> 'record' AS mta_sts, tr.json ->> 'record' AS tls_rpt, ad.text AS autodiscover, tk.text AS tokens,
       p.unsettled, s.secure, s.domain_id, s.policy_id,
       (SELECT group_concat(x.told, '; ') FROM (SELECT ifnull(t.text, c.absent || iif(p.unsettled AND NOT EXISTS (
           SELECT 1 FROM judgement j JOIN measure m ON m.name = c.name JOIN verdict_value x ON x.verdict_id = j.verdict_id AND x.measure_id = m.id
           WHERE j.domain_id = s.domain_id AND j.list_id = r.list_id AND j.first_run <= r.id AND ifnull(j.last_run, r.id) >= r.id),
         ' that is settled', '')) AS told FROM policy_column c LEFT JOIN policy_text t
         ON t.policy_id = s.policy_id AND t.column_id = c.id WHERE c.line = 2 OR (c.line = 1 AND t.text IS NOT NULL) ORDER BY c.id) x) AS policies,
       sp.json ->> 'reason' AS spf_reason
FROM run r
JOIN policy_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
JOIN domain d ON d.id = s.domain_id
JOIN policy p ON p.id = s.policy_id
LEFT JOIN policy_text sp ON sp.policy_id = s.policy_id AND sp.column_id = (SELECT id FROM policy_column WHERE name = 'spf')
LEFT JOIN policy_text dm ON dm.policy_id = s.policy_id AND dm.column_id = (SELECT id FROM policy_column WHERE name = 'dmarc')
LEFT JOIN policy_text dk ON dk.policy_id = s.policy_id AND dk.column_id = (SELECT id FROM policy_column WHERE name = 'dkim')
LEFT JOIN policy_text bi ON bi.policy_id = s.policy_id AND bi.column_id = (SELECT id FROM policy_column WHERE name = 'bimi')
LEFT JOIN policy_text ms ON ms.policy_id = s.policy_id AND ms.column_id = (SELECT id FROM policy_column WHERE name = 'mta_sts')
LEFT JOIN policy_text tr ON tr.policy_id = s.policy_id AND tr.column_id = (SELECT id FROM policy_column WHERE name = 'tls_rpt')
LEFT JOIN policy_text ad ON ad.policy_id = s.policy_id AND ad.column_id = (SELECT id FROM policy_column WHERE name = 'autodiscover')
LEFT JOIN policy_text tk ON tk.policy_id = s.policy_id AND tk.column_id = (SELECT id FROM policy_column WHERE name = 'tokens')
WHERE r.state = 'complete';

-- What does each check tell of each domain? A row for each member that holds something: text as a line, json as the export has it.
CREATE VIEW v_policy_text AS
SELECT r.id AS run_id, d.name AS domain, c.name, t.text, t.json, c.option, s.domain_id
FROM run r
JOIN policy_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
JOIN domain d ON d.id = s.domain_id
JOIN policy_text t ON t.policy_id = s.policy_id
JOIN policy_column c ON c.id = t.column_id
WHERE r.state = 'complete';

-- Which MTA-STS policy does each domain serve, where it was fetched? `policy` is what senders get of it, or why they get none; settled:
-- it is the same when asked again. What could not be fetched that night may be there.
CREATE VIEW v_sts AS
SELECT r.id AS run_id, d.name AS domain, t.id,
       iif(w.name = 'ok', iif(q.name = 'ok', m.name, 'unreadable'), replace(w.name, '_', ' '))
         || ifnull(', max_age ' || t.max_age_s, '') || ifnull(', mx ' || replace(t.mx, char(10), ' '), '') AS policy,
       w.settled, w.name AS result, q.name AS reason, m.name AS mode, t.max_age_s, t.mx, t.domain_id
FROM run r
JOIN sts_history t ON t.list_id = r.list_id AND t.first_run <= r.id AND ifnull(t.last_run, r.id) >= r.id
JOIN sts_result w ON w.id = t.result
LEFT JOIN sts_reason q ON q.id = t.reason
LEFT JOIN sts_mode m ON m.id = t.mode
JOIN domain d ON d.id = t.domain_id
WHERE r.state = 'complete';

-- What differs between the policies of a domain in two runs: old and new text of each policy that changed, in one line, and of no
-- other. Only what both runs asked and settled is compared; of MTA-STS the file, too, where both fetched it. What the first of them could not settle is
-- what was last settled before it, and since is the first run that could not.
CREATE VIEW v_policy_change AS
WITH doubt AS NOT MATERIALIZED ( -- runs that could not settle all of a domain: what they do not have need not be gone
  SELECT r.id AS run_id, s.domain_id FROM run r
  JOIN policy_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
  JOIN policy p ON p.id = s.policy_id AND p.unsettled > 0
  UNION ALL SELECT r.id, j.domain_id FROM run r
  JOIN judgement j ON j.list_id = r.list_id AND j.first_run <= r.id AND ifnull(j.last_run, r.id) >= r.id
  JOIN v_verdict v ON v.verdict_id = j.verdict_id AND NOT v.settled
  UNION ALL SELECT r.id, s.domain_id FROM run r
  JOIN sts_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
    AND s.result IN (SELECT id FROM sts_result WHERE NOT settled)),
record AS (
  SELECT ro.id AS from_run, rn.id AS to_run, n.domain_id, o.policy_id AS old_policy, n.policy_id AS new_policy, k.id AS known_run,
    ',' || k.checks || ',' AS old_checks, ',' || rn.checks || ',' AS new_checks
  FROM run ro
  JOIN run rn ON rn.list_id = ro.list_id AND rn.id > ro.id AND rn.state = 'complete'
  JOIN policy_history n ON n.list_id = rn.list_id AND n.first_run > ro.id AND n.first_run <= rn.id AND ifnull(n.last_run, rn.id) >= rn.id
  JOIN policy np ON np.id = n.policy_id AND np.unsettled = 0
  JOIN policy_history o ON o.domain_id = n.domain_id AND o.list_id = n.list_id AND o.first_run = (
    SELECT max(b.first_run) FROM policy_history b JOIN policy p ON p.id = b.policy_id AND p.unsettled = 0
    WHERE b.domain_id = n.domain_id AND b.list_id = n.list_id AND b.first_run <= ro.id)
  JOIN run k ON k.id = iif(ifnull(o.last_run, ro.id) >= ro.id, ro.id, o.last_run)
  WHERE ro.state = 'complete' AND o.policy_id <> n.policy_id
    AND (k.id = ro.id OR EXISTS (SELECT 1 FROM doubt d WHERE d.run_id = ro.id AND d.domain_id = n.domain_id))),
file AS (
  SELECT ro.id AS from_run, rn.id AS to_run, n.domain_id, iif(ifnull(o.last_run, ro.id) >= ro.id, ro.id, o.last_run) AS known_run
  FROM run ro
  JOIN run rn ON rn.list_id = ro.list_id AND rn.id > ro.id AND rn.state = 'complete'
  JOIN sts_history n ON n.list_id = rn.list_id AND n.first_run > ro.id AND n.first_run <= rn.id AND ifnull(n.last_run, rn.id) >= rn.id
  JOIN sts_history o ON o.domain_id = n.domain_id AND o.list_id = n.list_id AND o.first_run = (
    SELECT max(b.first_run) FROM sts_history b WHERE b.domain_id = n.domain_id AND b.list_id = n.list_id AND b.first_run <= ro.id
      AND b.result IN (SELECT id FROM sts_result WHERE settled))
  WHERE ro.state = 'complete'
    AND (ifnull(o.last_run, ro.id) >= ro.id OR EXISTS (SELECT 1 FROM doubt d WHERE d.run_id = ro.id AND d.domain_id = n.domain_id))),
told AS (
  SELECT p.from_run, p.to_run, p.domain_id, c.id AS place, ifnull(a.text, c.absent) AS old, ifnull(b.text, c.absent) AS new, p.known_run
  FROM record p CROSS JOIN policy_column c ON c.absent IS NOT NULL AND instr(p.old_checks, ',' || c.option || ',') AND instr(p.new_checks, ',' || c.option || ',')
  LEFT JOIN policy_text a ON a.policy_id = p.old_policy AND a.column_id = c.id
  LEFT JOIN policy_text b ON b.policy_id = p.new_policy AND b.column_id = c.id
  WHERE ifnull(a.text, c.absent) <> ifnull(b.text, c.absent)
  UNION ALL
  SELECT f.from_run, f.to_run, f.domain_id, 1000, 'MTA-STS policy ' || a.policy, 'MTA-STS policy ' || b.policy, f.known_run
  FROM file f CROSS JOIN v_sts a ON a.run_id = f.known_run AND a.domain_id = f.domain_id AND a.settled
  CROSS JOIN v_sts b ON b.run_id = f.to_run AND b.domain_id = f.domain_id AND b.settled WHERE a.policy <> b.policy)
SELECT t.from_run, t.to_run, d.name AS domain, t.domain_id, group_concat(t.old, '; ') AS old, group_concat(t.new, '; ') AS new,
       CASE WHEN min(t.known_run) < t.from_run THEN (SELECT min(q.id) FROM run q JOIN judgement j ON j.domain_id = t.domain_id AND j.list_id = q.list_id
         AND j.first_run <= q.id AND ifnull(j.last_run, q.id) >= q.id WHERE q.state = 'complete' AND q.id > min(t.known_run)
         AND q.list_id = (SELECT r.list_id FROM run r WHERE r.id = t.from_run)) END AS since
FROM (SELECT * FROM told ORDER BY from_run, to_run, domain_id, place) t
JOIN domain d ON d.id = t.domain_id
GROUP BY t.from_run, t.to_run, t.domain_id;

-- What was found about who holds the mailbox, behind an MX that does not say: in what the domain publishes, and in what the servers of its first MX hosts
-- show where no rule names them? (Where there is no MX host, or a rule for mailbox hosts or registrars, with
-- confidence 90 or 50, named it, nothing was looked for; signs are kept by policy, and others may publish the same.)
CREATE VIEW v_evidence AS
SELECT r.id AS run_id, d.name AS domain, e.position, e.kind, e.provider, e.rule, e.value, s.domain_id
FROM run r
JOIN policy_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
JOIN domain d ON d.id = s.domain_id
JOIN judgement j ON j.domain_id = s.domain_id AND j.list_id = r.list_id AND j.first_run <= r.id AND ifnull(j.last_run, r.id) >= r.id
JOIN evidence e ON e.policy_id = s.policy_id
WHERE r.state = 'complete' AND (EXISTS (SELECT 1 FROM verdict_label l WHERE l.verdict_id = j.verdict_id)
  OR NOT (SELECT w.mailbox_settled FROM v_verdict w WHERE w.verdict_id = j.verdict_id)) AND NOT EXISTS (
  SELECT 1 FROM verdict_label l WHERE l.verdict_id = j.verdict_id AND l.role = (SELECT id FROM role WHERE name = 'mailbox') AND l.confidence IN (50, 90))
UNION ALL
SELECT f.run_id, f.name, 1000, CAST(g.kind AS TEXT), g.provider, g.rule, g.value, f.domain_id
FROM (SELECT r.id AS run_id, s.domain_id, d.name, s.implicit_host_id, s.mx_set_id, (SELECT min(m.preference) FROM mx_entry m JOIN host_history h ON h.host_id = m.host_id
        AND h.list_id = r.list_id AND h.first_run <= r.id AND ifnull(h.last_run, r.id) >= r.id AND h.usable WHERE m.set_id = s.mx_set_id) AS level
      FROM run r JOIN domain_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
      JOIN domain d ON d.id = s.domain_id WHERE r.state = 'complete') f
JOIN v_server_signal g ON g.run_id = f.run_id AND (g.host_id = f.implicit_host_id
  OR g.host_id IN (SELECT m.host_id FROM mx_entry m WHERE m.set_id = f.mx_set_id AND m.preference = f.level))
WHERE NOT EXISTS (SELECT 1 FROM mx_entry m JOIN host_label l ON l.host_id = m.host_id AND l.rule_id IS NOT NULL WHERE m.set_id = f.mx_set_id
  AND m.preference = f.level);

-- How many domains publish each policy, and how strong is it? share is of the `known` names of which it is known; of `unknown` more, of those
-- that exist, it is not (NULL: a measure that is not of every name). A measure that was asked and is known of none has one row, 'not known'.
CREATE VIEW v_policy_measure AS
WITH name AS NOT MATERIALIZED (
  SELECT c.run_id, sum(c.domains * (st.name <> 'nxdomain')) AS names, sum(c.domains * st.receives) AS receiving
  FROM v_verdict_count c
  JOIN verdict v ON v.id = c.verdict_id
  JOIN state st ON st.id = v.state
  GROUP BY c.run_id)
SELECT x.run_id, x.position, x.measure, x.place, x.value, x.domains, 1.0 * x.domains / x.known AS share, x.known,
       CASE WHEN x.of_all THEN n.names - x.there END AS unknown
FROM (SELECT c.run_id, m.id AS position, m.title AS measure, w.place, w.title AS value, sum(c.domains) AS domains,
             sum(sum(c.domains)) OVER (PARTITION BY c.run_id, m.id) AS known,
             sum(sum(c.domains * (st.name <> 'nxdomain'))) OVER (PARTITION BY c.run_id, m.id) AS there, m.name NOT IN ('spf_all', 'posture') AND NOT m.receiving AS of_all
      FROM v_verdict_count c
      JOIN verdict v ON v.id = c.verdict_id
      JOIN state st ON st.id = v.state
      JOIN verdict_value x ON x.verdict_id = c.verdict_id
      JOIN measure m ON m.id = x.measure_id AND (NOT m.receiving OR st.receives)
      JOIN measure_word w ON w.measure_id = m.id AND w.value = x.value AND w.title IS NOT NULL
      GROUP BY c.run_id, m.id, w.place) x
JOIN name n ON n.run_id = x.run_id
UNION ALL
SELECT n.run_id, m.id, m.title, 0, 'not known', NULL, NULL, 0, iif(m.receiving, n.receiving, n.names)
FROM name n
JOIN run r ON r.id = n.run_id
JOIN measure m ON instr(',' || r.checks || ',', ',' || m.option || ',') AND m.option <> 'smtp' AND m.name NOT IN ('spf_all', 'posture')
  AND EXISTS (SELECT 1 FROM measure_word w WHERE w.measure_id = m.id AND w.title IS NOT NULL)
WHERE iif(m.receiving, n.receiving, n.names) > 0 AND NOT EXISTS (
  SELECT 1 FROM v_verdict_count c JOIN verdict v ON v.id = c.verdict_id JOIN state st ON st.id = v.state AND (NOT m.receiving OR st.receives)
  JOIN verdict_value x ON x.verdict_id = c.verdict_id AND x.measure_id = m.id
  JOIN measure_word w ON w.measure_id = m.id AND w.value = x.value AND w.title IS NOT NULL WHERE c.run_id = n.run_id);

-- What does a verdict say of the policies that tables count? NULL: not asked, or not settled.
CREATE VIEW v_verdict_policy AS
SELECT v.id AS verdict_id, max(CASE m.name WHEN 'spf' THEN w.name END) AS spf, max(CASE m.name WHEN 'dmarc' THEN w.name END) AS dmarc,
       max(CASE m.name WHEN 'mta_sts' THEN w.name END) AS mta_sts, max(CASE m.name WHEN 'dane' THEN w.name END) AS dane
FROM verdict v
LEFT JOIN verdict_value x ON x.verdict_id = v.id
LEFT JOIN measure m ON m.id = x.measure_id
LEFT JOIN measure_word w ON w.measure_id = m.id AND w.value = x.value
GROUP BY v.id;

-- How well do the customers of each mailbox provider protect their names? Shares are of the row's domains of which it is known: spf_known,
-- dmarc_known, mta_sts_known, dane_known many. NULL: not asked.
CREATE VIEW v_policy_provider AS
WITH mark AS MATERIALIZED (SELECT * FROM v_verdict_policy WHERE verdict_id IN (SELECT verdict_id FROM verdict_count))
SELECT c.run_id, p.name AS provider, sum(c.domains * l.share / 10000.0) AS domains,
       1.0 * sum(c.domains * l.share * (k.spf = 'ok')) / nullif(sum(c.domains * l.share * (k.spf IS NOT NULL)), 0) AS spf_share,
       1.0 * sum(c.domains * l.share * (k.dmarc IN ('none', 'quarantine', 'reject'))) / nullif(sum(c.domains * l.share * (k.dmarc IS NOT NULL)), 0) AS dmarc_share,
       1.0 * sum(c.domains * l.share * (k.dmarc IN ('quarantine', 'reject'))) / nullif(sum(c.domains * l.share * (k.dmarc IS NOT NULL)), 0) AS enforced_share,
       1.0 * sum(c.domains * l.share * (k.mta_sts IN ('published', 'enforce', 'testing'))) / nullif(sum(c.domains * l.share * (k.mta_sts IS NOT NULL)), 0)
         AS mta_sts_share,
       1.0 * sum(c.domains * l.share * (k.dane IN ('some', 'all'))) / nullif(sum(c.domains * l.share * (k.dane IS NOT NULL)), 0) AS dane_share,
       CASE WHEN h.auth THEN sum(c.domains * l.share / 10000.0 * (k.spf IS NOT NULL)) END AS spf_known,
       CASE WHEN h.auth THEN sum(c.domains * l.share / 10000.0 * (k.dmarc IS NOT NULL)) END AS dmarc_known,
       CASE WHEN h.transport THEN sum(c.domains * l.share / 10000.0 * (k.mta_sts IS NOT NULL)) END AS mta_sts_known,
       CASE WHEN h.transport THEN sum(c.domains * l.share / 10000.0 * (k.dane IS NOT NULL)) END AS dane_known
FROM v_verdict_count c
JOIN (SELECT id, instr(',' || checks || ',', ',auth,') > 0 AS auth, instr(',' || checks || ',', ',transport,') > 0 AS transport FROM run) h ON h.id = c.run_id
JOIN verdict v ON v.id = c.verdict_id
JOIN state st ON st.id = v.state AND st.receives
JOIN verdict_label l ON l.verdict_id = c.verdict_id
JOIN role ro ON ro.id = l.role AND ro.name = 'mailbox'
JOIN provider p ON p.id = l.provider_id
JOIN mark k ON k.verdict_id = c.verdict_id
WHERE h.auth OR h.transport
GROUP BY c.run_id, l.provider_id;

-- How do the top-level domains differ in their policies? Of the names that exist; shares are of those of the row of which it is known: spf_known,
-- dmarc_known, mta_sts_known, dane_known many. NULL: not asked.
CREATE VIEW v_policy_tld AS
WITH mark AS MATERIALIZED (SELECT * FROM v_verdict_policy)
SELECT c.run_id, c.tld, sum(c.domains) AS domains,
       1.0 * sum(c.domains * (k.spf = 'ok')) / nullif(sum(c.domains * (k.spf IS NOT NULL)), 0) AS spf_share,
       1.0 * sum(c.domains * (k.dmarc IN ('none', 'quarantine', 'reject'))) / nullif(sum(c.domains * (k.dmarc IS NOT NULL)), 0) AS dmarc_share,
       1.0 * sum(c.domains * (k.dmarc IN ('quarantine', 'reject'))) / nullif(sum(c.domains * (k.dmarc IS NOT NULL)), 0) AS enforced_share,
       1.0 * sum(c.domains * (k.mta_sts IN ('published', 'enforce', 'testing'))) / nullif(sum(c.domains * (k.mta_sts IS NOT NULL)), 0) AS mta_sts_share,
       1.0 * sum(c.domains * (k.dane IN ('some', 'all'))) / nullif(sum(c.domains * (k.dane IS NOT NULL)), 0) AS dane_share,
       CASE WHEN h.auth THEN sum(c.domains * (k.spf IS NOT NULL)) END AS spf_known,
       CASE WHEN h.auth THEN sum(c.domains * (k.dmarc IS NOT NULL)) END AS dmarc_known,
       CASE WHEN h.transport THEN sum(c.domains * (k.mta_sts IS NOT NULL)) END AS mta_sts_known,
       CASE WHEN h.transport THEN sum(c.domains * (k.dane IS NOT NULL)) END AS dane_known
FROM v_tld_count c
JOIN (SELECT id, instr(',' || checks || ',', ',auth,') > 0 AS auth, instr(',' || checks || ',', ',transport,') > 0 AS transport FROM run) h ON h.id = c.run_id
JOIN verdict v ON v.id = c.verdict_id
JOIN state st ON st.id = v.state AND st.name <> 'nxdomain'
JOIN mark k ON k.verdict_id = c.verdict_id
WHERE h.auth OR h.transport
GROUP BY c.run_id, c.tld;
