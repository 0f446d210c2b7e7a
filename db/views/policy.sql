-- What does each domain publish about who sends as it and how mail to it is protected? `policies` is all of it in one line.
CREATE VIEW v_policy AS
SELECT r.id AS run_id, d.name AS domain, p.spf, CASE s.spf_result WHEN 0 THEN 'ok' WHEN 1 THEN 'none' WHEN 2 THEN 'permerror'
       WHEN 3 THEN 'temperror' END AS spf_result, char(nullif(s.spf_all, 0)) AS spf_all, s.spf_lookups, s.spf_voids, p.dmarc,
       p.dmarc_at, p.dmarc_tags, p.dkim, p.bimi, p.mta_sts, p.tls_rpt, p.autodiscover, p.tokens,
       p.unsettled + ifnull(s.spf_result = 3, 0) AS unsettled, s.secure, s.domain_id, s.policy_id,
       ifnull(p.spf, 'no SPF') || CASE s.spf_result WHEN 2 THEN ' (permerror)' ELSE '' END || '; ' || ifnull(p.dmarc, 'no DMARC') || '; ' ||
       ifnull((SELECT 'DKIM ' || group_concat(k.value ->> 'selector', ' ') FROM json_each(p.dkim) k), 'no DKIM key known') ||
       ifnull('; ' || p.mta_sts, '') || ifnull('; ' || p.tls_rpt, '') || ifnull('; ' || p.bimi, '') AS policies
FROM run r
JOIN policy_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
JOIN domain d ON d.id = s.domain_id
JOIN policy p ON p.id = s.policy_id
WHERE r.state = 'complete';

-- Which MTA-STS policy does each domain serve, where it was fetched? `policy` is what senders get of it, or why they get none; settled:
-- it is the same when asked again. What could not be fetched that night may be there.
CREATE VIEW v_sts AS
SELECT r.id AS run_id, d.name AS domain, t.id,
       CASE t.result WHEN 0 THEN CASE t.reason WHEN 0 THEN CASE t.mode WHEN 0 THEN 'none' WHEN 1 THEN 'testing' ELSE 'enforce' END
         ELSE 'unreadable' END WHEN 1 THEN 'no address' WHEN 2 THEN 'certificate' WHEN 3 THEN 'status' WHEN 4 THEN 'redirect'
         WHEN 5 THEN 'media type' WHEN 6 THEN 'too large' WHEN 7 THEN 'server error' WHEN 8 THEN 'unreachable' WHEN 9 THEN 'timeout'
         ELSE 'unresolved' END || ifnull(', max_age ' || t.max_age_s, '') || ifnull(', mx ' || replace(t.mx, char(10), ' '), '') AS policy,
       t.result <= 6 AS settled, t.result, t.reason, t.mode, t.max_age_s, t.mx, t.domain_id
FROM run r
JOIN sts_history t ON t.list_id = r.list_id AND t.first_run <= r.id AND ifnull(t.last_run, r.id) >= r.id
JOIN domain d ON d.id = t.domain_id
WHERE r.state = 'complete';

-- What differs between the policies of a domain in two runs: old and new text of each policy that changed, in one line, and of no
-- other. Only what both runs asked and settled is compared; of MTA-STS the file, too, where both fetched it.
CREATE VIEW v_policy_change AS
WITH pair AS (
  SELECT o.run_id AS from_run, n.run_id AS to_run, o.domain, o.domain_id, json_array(
    json_array('auth', ifnull(o.spf, 'no SPF') || iif(o.spf_result = 'permerror', ' (permerror)', ''),
               ifnull(n.spf, 'no SPF') || iif(n.spf_result = 'permerror', ' (permerror)', '')),
    json_array('auth', ifnull(o.dmarc, 'no DMARC'), ifnull(n.dmarc, 'no DMARC')),
    json_array('auth', ifnull((SELECT 'DKIM ' || group_concat(k.value ->> 'selector', ' ') FROM json_each(o.dkim) k), 'no DKIM key known'),
               ifnull((SELECT 'DKIM ' || group_concat(k.value ->> 'selector', ' ') FROM json_each(n.dkim) k), 'no DKIM key known')),
    json_array('auth', ifnull(o.bimi, 'no BIMI'), ifnull(n.bimi, 'no BIMI')),
    json_array('transport', ifnull(o.mta_sts, 'no MTA-STS'), ifnull(n.mta_sts, 'no MTA-STS')),
    json_array('transport', ifnull(o.tls_rpt, 'no TLS reports'), ifnull(n.tls_rpt, 'no TLS reports')),
    json_array('transport', 'MTA-STS policy ' || (SELECT a.policy FROM v_sts a WHERE a.run_id = o.run_id AND a.domain_id = o.domain_id AND a.settled),
               'MTA-STS policy ' || (SELECT b.policy FROM v_sts b WHERE b.run_id = n.run_id AND b.domain_id = n.domain_id AND b.settled))) AS parts,
    ',' || ro.checks || ',' AS old_checks, ',' || rn.checks || ',' AS new_checks
  FROM v_policy o JOIN v_policy n ON n.domain_id = o.domain_id JOIN run ro ON ro.id = o.run_id JOIN run rn ON rn.id = n.run_id
  WHERE o.unsettled = 0 AND n.unsettled = 0 AND (o.policy_id <> n.policy_id OR o.spf_result IS NOT n.spf_result
    OR EXISTS (SELECT 1 FROM sts_history t WHERE t.domain_id = o.domain_id AND t.list_id = ro.list_id))),
told AS (
  SELECT p.*, (SELECT json_group_array(w.value) FROM json_each(p.parts) w WHERE w.value ->> 1 <> w.value ->> 2
    AND instr(p.old_checks, ',' || (w.value ->> 0) || ',') AND instr(p.new_checks, ',' || (w.value ->> 0) || ',')) AS changed FROM pair p)
SELECT from_run, to_run, domain, domain_id, (SELECT group_concat(w.value ->> 1, '; ') FROM json_each(changed) w) AS old,
       (SELECT group_concat(w.value ->> 2, '; ') FROM json_each(changed) w) AS new
FROM told WHERE changed <> '[]';

-- What was found about who holds the mailbox, behind an MX that does not say? (Where a rule for mailbox hosts or registrars, with
-- confidence 90 or 50, named it, nothing was looked for; signs are kept by policy, and others may publish the same.)
CREATE VIEW v_evidence AS
SELECT r.id AS run_id, d.name AS domain, e.position, e.kind, e.provider, e.rule, e.value, s.domain_id
FROM run r
JOIN policy_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
JOIN domain d ON d.id = s.domain_id
JOIN judgement j ON j.domain_id = s.domain_id AND j.list_id = r.list_id AND j.first_run <= r.id AND ifnull(j.last_run, r.id) >= r.id
JOIN evidence e ON e.policy_id = s.policy_id
WHERE r.state = 'complete' AND NOT EXISTS (
  SELECT 1 FROM verdict_label l WHERE l.verdict_id = j.verdict_id AND l.role = (SELECT id FROM role WHERE name = 'mailbox') AND l.confidence IN (50, 90));

-- How many domains publish each policy, and how strong is it? share is of the names of which it is known.
CREATE VIEW v_policy_measure AS
WITH one AS MATERIALIZED (
  SELECT c.run_id, c.domains, v.* FROM v_verdict_count c JOIN verdict v ON v.id = c.verdict_id),
marked AS (
  SELECT run_id, 1 AS position, 'SPF' AS measure, spf AS place, domains,
         CASE spf WHEN 0 THEN 'valid' WHEN 1 THEN 'absent' WHEN 2 THEN 'permanent error' END AS value FROM one
  UNION ALL SELECT run_id, 2, 'SPF ends in', CASE spf_all WHEN 45 THEN 1 WHEN 126 THEN 2 WHEN 63 THEN 3 WHEN 43 THEN 4 END, domains,
         CASE spf_all WHEN 45 THEN '-all (fail)' WHEN 126 THEN '~all (softfail)' WHEN 63 THEN '?all, or nothing (neutral)'
           WHEN 43 THEN '+all (pass)' END FROM one WHERE spf = 0
  UNION ALL SELECT run_id, 3, 'DMARC', dmarc, domains, CASE dmarc WHEN 0 THEN 'absent' WHEN 1 THEN 'p=none' WHEN 2 THEN 'p=quarantine'
         WHEN 3 THEN 'p=reject' WHEN 4 THEN 'faulty' END FROM one
  UNION ALL SELECT run_id, 4, 'DKIM key at a known selector', dkim, domains,
         CASE dkim WHEN 0 THEN 'none found' WHEN 1 THEN 'found' WHEN 2 THEN 'faulty' END FROM one
  UNION ALL SELECT run_id, 5, 'BIMI', bimi, domains, CASE bimi WHEN 0 THEN 'absent' WHEN 1 THEN 'published' WHEN 2 THEN 'faulty' END FROM one
  UNION ALL SELECT run_id, 6, 'MTA-STS', mta_sts, domains,
         CASE mta_sts WHEN 0 THEN 'absent' WHEN 1 THEN 'published' WHEN 2 THEN 'faulty' WHEN 3 THEN 'published, enforced' WHEN 4 THEN 'published, test mode'
           WHEN 5 THEN 'mode none' WHEN 6 THEN 'policy cannot be fetched' END FROM one
  UNION ALL SELECT run_id, 7, 'TLS reports', tls_rpt, domains,
         CASE tls_rpt WHEN 0 THEN 'absent' WHEN 1 THEN 'published' WHEN 2 THEN 'faulty' END FROM one
  UNION ALL SELECT run_id, 8, 'DANE', dane, domains, CASE dane WHEN 0 THEN 'absent' WHEN 1 THEN 'some MX hosts' WHEN 2 THEN 'every MX host'
         WHEN 3 THEN 'not validated' WHEN 4 THEN 'unusable' END FROM one WHERE state IN (SELECT id FROM state WHERE receives)
  UNION ALL SELECT run_id, 9, 'posture', posture, domains, CASE posture WHEN 0 THEN 'receives and sends' WHEN 1 THEN 'receives, says nobody sends'
         WHEN 2 THEN 'sends only' WHEN 3 THEN 'parked, protected' WHEN 4 THEN 'parked, can be forged' END FROM one)
SELECT run_id, position, measure, place, value, sum(domains) AS domains,
       1.0 * sum(domains) / sum(sum(domains)) OVER (PARTITION BY run_id, position) AS share
FROM marked WHERE value IS NOT NULL
GROUP BY run_id, position, place;

-- How well do the customers of each mailbox provider protect their names? Shares are of the row's domains of which it is known.
CREATE VIEW v_policy_provider AS
SELECT c.run_id, p.name AS provider, sum(c.domains * l.share / 10000.0) AS domains,
       1.0 * sum(c.domains * l.share * (v.spf = 0)) / nullif(sum(c.domains * l.share * (v.spf IS NOT NULL)), 0) AS spf_share,
       1.0 * sum(c.domains * l.share * (v.dmarc BETWEEN 1 AND 3)) / nullif(sum(c.domains * l.share * (v.dmarc IS NOT NULL)), 0) AS dmarc_share,
       1.0 * sum(c.domains * l.share * (v.dmarc IN (2, 3))) / nullif(sum(c.domains * l.share * (v.dmarc IS NOT NULL)), 0) AS enforced_share,
       1.0 * sum(c.domains * l.share * (v.mta_sts IN (1, 3, 4))) / nullif(sum(c.domains * l.share * (v.mta_sts IS NOT NULL)), 0) AS mta_sts_share,
       1.0 * sum(c.domains * l.share * (v.dane IN (1, 2))) / nullif(sum(c.domains * l.share * (v.dane IS NOT NULL)), 0) AS dane_share
FROM v_verdict_count c
JOIN verdict v ON v.id = c.verdict_id AND v.state IN (SELECT id FROM state WHERE receives) AND (v.spf IS NOT NULL OR v.mta_sts IS NOT NULL)
JOIN verdict_label l ON l.verdict_id = c.verdict_id AND l.role = (SELECT id FROM role WHERE name = 'mailbox')
JOIN provider p ON p.id = l.provider_id
GROUP BY c.run_id, l.provider_id;

-- How do the top-level domains differ in their policies? Shares are of the row's domains of which it is known.
CREATE VIEW v_policy_tld AS
SELECT c.run_id, c.tld, sum(c.domains) AS domains,
       1.0 * sum(c.domains * (v.spf = 0)) / nullif(sum(c.domains * (v.spf IS NOT NULL)), 0) AS spf_share,
       1.0 * sum(c.domains * (v.dmarc BETWEEN 1 AND 3)) / nullif(sum(c.domains * (v.dmarc IS NOT NULL)), 0) AS dmarc_share,
       1.0 * sum(c.domains * (v.dmarc IN (2, 3))) / nullif(sum(c.domains * (v.dmarc IS NOT NULL)), 0) AS enforced_share,
       1.0 * sum(c.domains * (v.mta_sts IN (1, 3, 4))) / nullif(sum(c.domains * (v.mta_sts IS NOT NULL)), 0) AS mta_sts_share,
       1.0 * sum(c.domains * (v.dane IN (1, 2))) / nullif(sum(c.domains * (v.dane IS NOT NULL)), 0) AS dane_share
FROM v_tld_count c
JOIN verdict v ON v.id = c.verdict_id AND (v.spf IS NOT NULL OR v.mta_sts IS NOT NULL)
GROUP BY c.run_id, c.tld;
