-- The public surface: each view answers one question, and the question is its comment.
-- A run is chosen by run_id: a span belongs to every run of its list from first_run to last_run.

-- Which runs does this database hold, how were they made, and do their sums add up?
CREATE VIEW v_run AS
SELECT r.id AS run_id, l.name AS list, r.state, r.stage, r.started_at, r.finished_at, r.active_ms, r.previous_run,
       r.checks, r.shard, r.seed, r.input_digest, r.options, r.versions, r.lines, r.accepted, r.rejected, r.duplicates,
       r.degraded, r.agreement_asked, r.agreement_same, r.datagrams, r.tcp_connections, r.forged
FROM run r JOIN list l ON l.id = r.list_id;

-- In what state is each domain of a run, and what did the MX question bring?
CREATE VIEW v_domain AS
SELECT r.id AS run_id, d.name AS domain, st.name AS state, o.name AS mx_outcome, al.value AS alias,
       b.name AS backup, sp.name AS single_point, v.hosts, v.usable, v.tiers, v.load_sharing, v.multihomed, v.ipv6,
       v.addresses, v.prefixes, v.asns, v.providers, s.domain_id, s.mx_set_id, s.implicit_host_id, j.verdict_id
FROM run r
JOIN domain_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
JOIN judgement j ON j.domain_id = s.domain_id AND j.list_id = r.list_id AND j.first_run <= r.id
                AND ifnull(j.last_run, r.id) >= r.id
JOIN domain d ON d.id = s.domain_id
JOIN verdict v ON v.id = j.verdict_id
JOIN state st ON st.id = v.state
JOIN outcome o ON o.id = s.outcome
LEFT JOIN text al ON al.id = s.alias_id
LEFT JOIN backup b ON b.id = v.backup
LEFT JOIN single_point sp ON sp.id = v.single_point
WHERE r.state = 'complete';

-- Which MX hosts does each domain name, with what preference?
CREATE VIEW v_mx AS
SELECT r.id AS run_id, d.name AS domain, e.preference, h.name AS host, s.domain_id, e.host_id, 0 AS implicit
FROM run r
JOIN domain_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
JOIN domain d ON d.id = s.domain_id
JOIN mx_entry e ON e.set_id = s.mx_set_id
JOIN host h ON h.id = e.host_id
WHERE r.state = 'complete'
UNION ALL
SELECT r.id, d.name, 0, h.name, s.domain_id, h.id, 1
FROM run r
JOIN domain_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
JOIN judgement j ON j.domain_id = s.domain_id AND j.list_id = r.list_id AND j.first_run <= r.id
                AND ifnull(j.last_run, r.id) >= r.id
JOIN verdict v ON v.id = j.verdict_id AND v.state IN (1, 6, 7)
JOIN domain d ON d.id = s.domain_id
JOIN host h ON h.id = s.implicit_host_id
WHERE r.state = 'complete';

-- What is known of each MX host: outcomes, addresses, alias, provider?
CREATE VIEW v_host AS
SELECT r.id AS run_id, h.name AS host, ao.name AS a_outcome, qo.name AS aaaa_outcome, al.value AS alias,
       p.name AS provider, ru.pattern AS rule, hs.host_id, hs.a_set_id, hs.aaaa_set_id,
       (SELECT group_concat(x.address, ' ') FROM (SELECT a.address FROM address_entry e JOIN address a ON a.id = e.address_id
         WHERE e.set_id IN (hs.a_set_id, hs.aaaa_set_id) ORDER BY length(a.bytes), e.position) x) AS addresses
FROM run r
JOIN host_history hs ON hs.list_id = r.list_id AND hs.first_run <= r.id AND ifnull(hs.last_run, r.id) >= r.id
JOIN host h ON h.id = hs.host_id
LEFT JOIN outcome ao ON ao.id = hs.a_outcome
LEFT JOIN outcome qo ON qo.id = hs.aaaa_outcome
LEFT JOIN text al ON al.id = hs.alias_id
LEFT JOIN host_label hl ON hl.host_id = hs.host_id
LEFT JOIN provider p ON p.id = hl.provider_id
LEFT JOIN rule ru ON ru.id = hl.rule_id
WHERE r.state = 'complete';

-- How many domains of a run have each verdict? (the small table all shares are counted from)
CREATE VIEW v_verdict_count AS
SELECT r.id AS run_id, j.verdict_id, count(*) AS domains
FROM run r
JOIN judgement j ON j.list_id = r.list_id AND j.first_run <= r.id AND ifnull(j.last_run, r.id) >= r.id
WHERE r.state = 'complete'
GROUP BY r.id, j.verdict_id;

-- How many domains has a run: accepted, settled, and able to receive mail? (the denominators)
CREATE VIEW v_total AS
SELECT c.run_id, sum(c.domains) AS accepted, sum(c.domains * (v.state <> 7)) AS settled,
       sum(c.domains * (v.state IN (0, 1))) AS receiving
FROM v_verdict_count c
JOIN verdict v ON v.id = c.verdict_id
GROUP BY c.run_id;

-- How many domains are in each state?
CREATE VIEW v_state AS
SELECT t.run_id, st.name AS state,
       (SELECT ifnull(sum(c.domains), 0) FROM v_verdict_count c JOIN verdict v ON v.id = c.verdict_id
         WHERE c.run_id = t.run_id AND v.state = st.id) AS domains,
       1.0 * (SELECT ifnull(sum(c.domains), 0) FROM v_verdict_count c JOIN verdict v ON v.id = c.verdict_id
         WHERE c.run_id = t.run_id AND v.state = st.id) / t.accepted AS share, st.id AS position
FROM v_total t
JOIN state st;

-- What share of the domains that can receive mail has each provider, per role? A mixed domain counts in equal parts;
-- a backup counts whole. share is of the domains that can receive mail, share_all of all names of the run.
CREATE VIEW v_provider_share AS
SELECT x.run_id, x.role, x.provider, x.domains, x.domains / nullif(t.receiving, 0) AS share,
       x.domains / nullif(t.accepted, 0) AS share_all
FROM (SELECT c.run_id, ro.name AS role, p.name AS provider,
             sum(c.domains * CASE WHEN l.role = 2 THEN 1.0 ELSE l.share / 10000.0 END) AS domains
      FROM v_verdict_count c
      JOIN verdict v ON v.id = c.verdict_id AND v.state IN (0, 1)
      JOIN verdict_label l ON l.verdict_id = c.verdict_id
      JOIN role ro ON ro.id = l.role
      JOIN provider p ON p.id = l.provider_id
      GROUP BY c.run_id, l.role, l.provider_id) x
JOIN v_total t ON t.run_id = x.run_id;

-- How concentrated is mail in few hands? Over the domains that have a label in the role: HHI (0 to 10,000), the effective
-- number of providers (10,000 / HHI), the share of the largest n, and the fewest providers that cover 50, 75, 90 %.
-- Every domain that runs its own mail is a provider of its own.
CREATE VIEW v_concentration AS
WITH share AS MATERIALIZED (SELECT run_id, role, provider, domains FROM v_provider_share WHERE role <> 'backup'),
total AS (
  SELECT run_id, role, sum(domains) AS n, sum(domains * (provider = 'self')) AS own,
         sum(provider <> 'self') AS named
  FROM share GROUP BY run_id, role),
ranked AS (
  SELECT run_id, role, domains,
         row_number() OVER (PARTITION BY run_id, role ORDER BY domains DESC, provider) AS k,
         sum(domains) OVER (PARTITION BY run_id, role ORDER BY domains DESC, provider ROWS UNBOUNDED PRECEDING) AS running
  FROM share WHERE provider <> 'self'),
measured AS (
  SELECT t.run_id, t.role, t.n, t.own, t.named,
         10000.0 * (ifnull(sum(r.domains * r.domains), 0) + t.own) / (t.n * t.n) AS hhi,
         max(CASE WHEN r.k <= 1 THEN r.running END) AS first, max(CASE WHEN r.k <= 3 THEN r.running END) AS three,
         max(CASE WHEN r.k <= 5 THEN r.running END) AS five, max(CASE WHEN r.k <= 10 THEN r.running END) AS ten,
         min(CASE WHEN r.running >= 0.50 * t.n - 1e-6 THEN r.k END) AS b50,
         min(CASE WHEN r.running >= 0.75 * t.n - 1e-6 THEN r.k END) AS b75,
         min(CASE WHEN r.running >= 0.90 * t.n - 1e-6 THEN r.k END) AS b90
  FROM total t
  LEFT JOIN ranked r ON r.run_id = t.run_id AND r.role = t.role
  WHERE t.n > 0
  GROUP BY t.run_id, t.role)
SELECT run_id, role, n AS domains, named + CAST(own AS INTEGER) AS providers, hhi, 10000.0 / hhi AS effective,
       ifnull(first, 0) / n AS top1, ifnull(three, 0) / n AS top3, ifnull(five, 0) / n AS top5, ifnull(ten, 0) / n AS top10,
       ifnull(b50, named + CAST(0.50 * n - (n - own) + 0.999999 AS INTEGER)) AS b50,
       ifnull(b75, named + CAST(0.75 * n - (n - own) + 0.999999 AS INTEGER)) AS b75,
       ifnull(b90, named + CAST(0.90 * n - (n - own) + 0.999999 AS INTEGER)) AS b90
FROM measured;

-- How redundant is the mail of a run's domains?
CREATE VIEW v_redundancy AS
SELECT c.run_id, st.name AS state, v.tiers, b.name AS backup, sp.name AS single_point, sum(c.domains) AS domains
FROM v_verdict_count c
JOIN verdict v ON v.id = c.verdict_id
JOIN state st ON st.id = v.state
LEFT JOIN backup b ON b.id = v.backup
LEFT JOIN single_point sp ON sp.id = v.single_point
GROUP BY c.run_id, st.id, v.tiers, b.id, sp.id;

-- The same, one measure at a time: how many of the domains that can receive mail have how many MX hosts, tiers, and so on?
-- value "unknown": addresses were not asked, or not settled.
CREATE VIEW v_redundancy_measure AS
WITH one AS MATERIALIZED (
  SELECT c.run_id, c.domains, v.hosts, v.usable, v.tiers, v.load_sharing, v.multihomed, v.ipv6, sp.name AS single_point
  FROM v_verdict_count c
  JOIN verdict v ON v.id = c.verdict_id AND v.state IN (0, 1)
  LEFT JOIN single_point sp ON sp.id = v.single_point),
counted AS (
  SELECT run_id, 1 AS position, 'mx_hosts' AS measure, CASE WHEN hosts >= 6 THEN '6 or more' ELSE hosts || '' END AS value,
         sum(domains) AS domains FROM one GROUP BY 1, 4
  UNION ALL
  SELECT run_id, 2, 'usable mx_hosts', CASE WHEN usable >= 6 THEN '6 or more' ELSE ifnull(usable, 'unknown') || '' END,
         sum(domains) FROM one GROUP BY 1, 4
  UNION ALL
  SELECT run_id, 3, 'tiers', CASE WHEN tiers >= 4 THEN '4 or more' ELSE ifnull(tiers, 'unknown') || '' END,
         sum(domains) FROM one GROUP BY 1, 4
  UNION ALL
  SELECT run_id, 4, 'load sharing', CASE load_sharing WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown' END,
         sum(domains) FROM one GROUP BY 1, 4
  UNION ALL
  SELECT run_id, 5, 'one mx_host, several addresses', CASE multihomed WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown' END,
         sum(domains) FROM one GROUP BY 1, 4
  UNION ALL
  SELECT run_id, 6, 'reachable over IPv6', CASE ipv6 WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown' END,
         sum(domains) FROM one GROUP BY 1, 4
  UNION ALL
  SELECT run_id, 7, 'single point of failure', ifnull(single_point, 'unknown'), sum(domains) FROM one GROUP BY 1, 4)
SELECT c.run_id, c.measure, c.value, c.domains, 1.0 * c.domains / nullif(t.receiving, 0) AS share, c.position
FROM counted c
JOIN v_total t ON t.run_id = c.run_id;

-- How many of the domains that can receive mail have a backup MX host, and what does it not share with the first tier?
CREATE VIEW v_backup AS
SELECT c.run_id, ifnull(b.name, 'unknown') AS backup,
       CASE WHEN v.backup <> 1 OR v.backup IS NULL THEN NULL WHEN v.backup_apart & 8 THEN 'provider' WHEN v.backup_apart & 4 THEN 'asn'
            WHEN v.backup_apart & 2 THEN 'prefix' ELSE 'address' END AS apart,
       sum(c.domains) AS domains, 1.0 * sum(c.domains) / nullif(t.receiving, 0) AS share
FROM v_verdict_count c
JOIN v_total t ON t.run_id = c.run_id
JOIN verdict v ON v.id = c.verdict_id AND v.state IN (0, 1)
LEFT JOIN backup b ON b.id = v.backup
GROUP BY 1, 2, 3;

-- What is wrong or worth knowing, and how many domains have it?
CREATE VIEW v_finding AS
SELECT c.run_id, f.name AS finding, se.name AS severity, sum(c.domains) AS domains,
       1.0 * sum(c.domains) / nullif(t.accepted, 0) AS share, f.sentence, f.advice, f.code, f.severity AS weight
FROM v_verdict_count c
JOIN v_total t ON t.run_id = c.run_id
JOIN verdict_finding vf ON vf.verdict_id = c.verdict_id
JOIN finding f ON f.code = vf.code
JOIN severity se ON se.id = f.severity
GROUP BY c.run_id, f.code;

-- Which findings do the customers of each provider have?
CREATE VIEW v_matrix AS
SELECT c.run_id, ro.name AS role, p.name AS provider, f.name AS finding, se.name AS severity,
       sum(c.domains * l.share / 10000.0) AS domains, f.severity AS weight
FROM v_verdict_count c
JOIN verdict v ON v.id = c.verdict_id AND v.state IN (0, 1)
JOIN verdict_label l ON l.verdict_id = c.verdict_id AND l.role IN (0, 1)
JOIN verdict_finding vf ON vf.verdict_id = c.verdict_id
JOIN finding f ON f.code = vf.code
JOIN severity se ON se.id = f.severity
JOIN role ro ON ro.id = l.role
JOIN provider p ON p.id = l.provider_id
GROUP BY c.run_id, l.role, l.provider_id, f.code;

-- How many domains of a top-level domain have each verdict?
CREATE VIEW v_tld_count AS
SELECT r.id AS run_id, substr(d.name, length(rtrim(d.name, replace(d.name, '.', ''))) + 1) AS tld, j.verdict_id,
       count(*) AS domains
FROM run r
JOIN judgement j ON j.list_id = r.list_id AND j.first_run <= r.id AND ifnull(j.last_run, r.id) >= r.id
JOIN domain d ON d.id = j.domain_id
WHERE r.state = 'complete'
GROUP BY 1, 2, 3;

-- How do the top-level domains differ? share is of all names of the run, the other shares of the row's receiving domains.
CREATE VIEW v_tld AS
SELECT c.run_id, c.tld, sum(c.domains) AS domains, 1.0 * sum(c.domains) / nullif(t.accepted, 0) AS share,
       sum(c.domains * (v.state IN (0, 1))) AS receiving,
       1.0 * sum(c.domains * (v.state IN (0, 1)) * ifnull(v.backup = 1, 0)) / nullif(sum(c.domains * (v.state IN (0, 1))), 0)
         AS backup_share,
       1.0 * sum(c.domains * (v.state IN (0, 1)) * ifnull(v.ipv6, 0)) / nullif(sum(c.domains * (v.state IN (0, 1))), 0)
         AS ipv6_share,
       1.0 * sum(c.domains * (v.state IN (0, 1)) * ifnull(v.single_point = 1, 0)) / nullif(sum(c.domains * (v.state IN (0, 1))), 0)
         AS single_host_share
FROM v_tld_count c
JOIN v_total t ON t.run_id = c.run_id
JOIN verdict v ON v.id = c.verdict_id
GROUP BY c.run_id, c.tld;

-- Which providers does a verdict name, in which role, with what share of the domain and how sure (0 to 1)?
CREATE VIEW v_label AS
SELECT l.verdict_id, ro.name AS role, l.position, p.name AS provider, l.share / 10000.0 AS share, l.confidence / 100.0 AS confidence
FROM verdict_label l
JOIN role ro ON ro.id = l.role
JOIN provider p ON p.id = l.provider_id;

-- Which findings has a verdict, and so every domain of that verdict?
CREATE VIEW v_verdict_finding AS
SELECT vf.verdict_id, f.name AS finding, se.name AS severity, f.code
FROM verdict_finding vf
JOIN finding f ON f.code = vf.code
JOIN severity se ON se.id = f.severity;

-- What did each resolver do in a run?
CREATE VIEW v_resolver AS
SELECT rr.run_id, re.address AS resolver, rr.asked, rr.answers, rr.timeouts, rr.servfail, rr.refused, rr.malformed,
       rr.truncated, rr.unreachable, rr.rtt_sum_us / nullif(rr.answers, 0) AS rtt_us, rr.rtt_min_us, rr.rtt_max_us, rr.ports,
       rr.excluded, rr.recursion, rr.edns, rr.tcp, rr.validates, io.name AS invalid, rr.latency_us, rr.openings, rr.checked_at,
       rr.filtered, rr.odd, rr.dns64
FROM run_resolver rr
JOIN resolver re ON re.id = rr.resolver_id
LEFT JOIN outcome io ON io.id = rr.invalid;

-- What did each resolver last say of the control names, and did it agree with most others? agrees is NULL where nobody judged.
CREATE VIEW v_control AS
SELECT c.run_id, re.address AS resolver, c.name, o.name AS outcome, nullif(c.answer, '') AS answer, c.agrees
FROM run_control c
JOIN resolver re ON re.id = c.resolver_id
JOIN outcome o ON o.id = c.outcome;

-- What must a reader of the run know: excluded resolvers, pauses, lists with hardly a name, marks "not fit to compare"?
CREATE VIEW v_note AS SELECT run_id, at, kind, text FROM run_note WHERE kind <> 'stages';

-- What did a run spend its time on? One row per stage of each sitting, in order.
CREATE VIEW v_stage AS
SELECT n.run_id, n.at, s.key AS position, s.value ->> '$.stage' AS stage, s.value ->> '$.wall_ms' AS wall_ms,
       s.value ->> '$.cpu_ms' AS cpu_ms, s.value ->> '$.questions' AS questions
FROM run_note n
JOIN json_each(CASE WHEN json_valid(n.text) THEN n.text ELSE '[]' END) s
WHERE n.kind = 'stages';

-- Which lines of the lists were refused, and why? At most 64 MB of them a run (v_run counts all).
CREATE VIEW v_reject AS
SELECT j.run_id, i.path, j.line, j.reason, j.text
FROM reject j
LEFT JOIN run_input i ON i.run_id = j.run_id AND i.position = j.input;

-- What did the survey find, in a dozen lines? share is of what `base` says.
CREATE VIEW v_summary AS
WITH one AS MATERIALIZED (
  SELECT c.run_id, c.domains, v.state, v.usable, v.backup, v.single_point, v.ipv6, v.load_sharing
  FROM v_verdict_count c
  JOIN verdict v ON v.id = c.verdict_id),
receiving AS MATERIALIZED (SELECT * FROM one WHERE state IN (0, 1)),
counted AS (
  SELECT run_id, 1 AS position, 'can receive mail' AS measure, sum(domains * (state IN (0, 1))) AS domains, 0 AS narrow
  FROM one GROUP BY run_id
  UNION ALL SELECT run_id, 2, 'say they take no mail (null MX)', sum(domains * (state IN (2, 3))), 0 FROM one GROUP BY run_id
  UNION ALL SELECT run_id, 3, 'have neither MX nor address', sum(domains * (state = 4)), 0 FROM one GROUP BY run_id
  UNION ALL SELECT run_id, 4, 'do not exist', sum(domains * (state = 5)), 0 FROM one GROUP BY run_id
  UNION ALL SELECT run_id, 5, 'are broken: no mx_host has a usable address', sum(domains * (state = 6)), 0 FROM one GROUP BY run_id
  UNION ALL SELECT run_id, 6, 'could not be determined', sum(domains * (state = 7)), 0 FROM one GROUP BY run_id
  UNION ALL SELECT run_id, 7, 'share load over equal mx_hosts', sum(domains * load_sharing), 1 FROM receiving GROUP BY run_id
  UNION ALL SELECT run_id, 8, 'have an effective backup', sum(domains * (backup = 1)), 1 FROM receiving GROUP BY run_id
  UNION ALL SELECT run_id, 9, 'have a backup in name only (decorative or dead)', sum(domains * (backup IN (2, 3))), 1
  FROM receiving GROUP BY run_id
  UNION ALL SELECT run_id, 10, 'hang on one host, address or prefix', sum(domains * (single_point IN (1, 2, 3))), 1
  FROM receiving GROUP BY run_id
  UNION ALL SELECT run_id, 11, 'are reachable over IPv6', sum(domains * ipv6), 1 FROM receiving GROUP BY run_id)
SELECT c.run_id, c.position, c.measure, c.domains,
       1.0 * c.domains / nullif(CASE c.narrow WHEN 0 THEN t.accepted ELSE t.receiving END, 0) AS share,
       CASE c.narrow WHEN 0 THEN 'all names' ELSE 'those that receive mail' END AS base
FROM counted c
JOIN v_total t ON t.run_id = c.run_id;

-- By which ways does mail reach the domains that share an MX set? One row per address of each usable MX host; where
-- addresses were not asked, one per MX host. The domains of a null MX have none.
CREATE VIEW v_path AS
WITH sets AS (
  SELECT r.id AS run_id, r.list_id, ',' || r.checks || ',' LIKE '%,host,%' AS asked, s.mx_set_id, s.implicit_host_id,
         count(*) AS domains
  FROM run r
  JOIN domain_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
                    AND (s.outcome = 0 OR s.implicit_host_id IS NOT NULL)
  WHERE r.state = 'complete'
  GROUP BY r.id, s.mx_set_id, s.implicit_host_id),
mx_hosts AS (
  SELECT s.*, e.preference, e.host_id FROM sets s JOIN mx_entry e ON e.set_id = s.mx_set_id
  WHERE NOT EXISTS (SELECT 1 FROM mx_entry n JOIN host h ON h.id = n.host_id WHERE n.set_id = s.mx_set_id AND h.name = '')
  UNION ALL
  SELECT s.*, 0, s.implicit_host_id FROM sets s WHERE s.mx_set_id IS NULL AND s.implicit_host_id IS NOT NULL)
SELECT x.run_id, x.mx_set_id, x.implicit_host_id, x.domains, x.preference, h.name AS host, p.name AS provider, a.address,
       a.prefix, CASE WHEN a.asn IS NOT NULL THEN 'AS' || a.asn || ifnull(' ' || n.name, '') END AS asn, n.country
FROM mx_hosts x
JOIN host h ON h.id = x.host_id
LEFT JOIN host_label l ON l.host_id = x.host_id
LEFT JOIN provider p ON p.id = l.provider_id
LEFT JOIN host_history hs ON (x.asked OR x.mx_set_id IS NULL) AND hs.host_id = x.host_id AND hs.list_id = x.list_id AND hs.first_run <= x.run_id
                      AND ifnull(hs.last_run, x.run_id) >= x.run_id
LEFT JOIN address_entry ae ON (ae.set_id = hs.a_set_id AND hs.a_outcome = 0) OR (ae.set_id = hs.aaaa_set_id AND hs.aaaa_outcome = 0)
LEFT JOIN address a ON a.id = ae.address_id AND a.public
LEFT JOIN asn n ON n.id = a.asn
WHERE a.id IS NOT NULL
   OR (NOT x.asked AND x.mx_set_id IS NOT NULL AND h.name <> 'localhost' AND h.name NOT LIKE '%.localhost' AND h.name <> 'localhost.localdomain'
       AND rtrim(h.name, '0123456789') <> '' AND NOT (h.name GLOB '*[0-9]' AND rtrim(h.name, '0123456789') LIKE '%.'));

-- Whose loss takes whose mail? For each host, address, prefix, autonomous system, provider and country: how many domains use it, lose
-- every path, fall back to a later tier, or only lose capacity. share is of the domains that can receive mail.
CREATE VIEW v_impact AS
WITH path AS MATERIALIZED (SELECT * FROM v_path),
whole AS (
  SELECT run_id, mx_set_id, implicit_host_id, count(*) AS paths, min(preference) AS first FROM path GROUP BY 1, 2, 3),
rated AS MATERIALIZED (
  SELECT p.*, w.paths, p.preference = w.first AS is_first,
         (SELECT count(*) FROM path q WHERE q.run_id = p.run_id AND q.mx_set_id IS p.mx_set_id
           AND q.implicit_host_id IS p.implicit_host_id AND q.preference = w.first) AS first_paths
  FROM path p JOIN whole w ON w.run_id = p.run_id AND w.mx_set_id IS p.mx_set_id AND w.implicit_host_id IS p.implicit_host_id),
thing AS (
  SELECT run_id, mx_set_id, implicit_host_id, domains, paths, first_paths, is_first, 'host' AS kind, host AS name FROM rated
  UNION ALL SELECT run_id, mx_set_id, implicit_host_id, domains, paths, first_paths, is_first, 'address', address FROM rated
  UNION ALL SELECT run_id, mx_set_id, implicit_host_id, domains, paths, first_paths, is_first, 'prefix', prefix FROM rated
  UNION ALL SELECT run_id, mx_set_id, implicit_host_id, domains, paths, first_paths, is_first, 'asn', asn FROM rated
  UNION ALL SELECT run_id, mx_set_id, implicit_host_id, domains, paths, first_paths, is_first, 'provider', provider FROM rated
  UNION ALL SELECT run_id, mx_set_id, implicit_host_id, domains, paths, first_paths, is_first, 'country', country FROM rated),
hit AS (
  SELECT run_id, kind, name, domains, count(*) = paths AS lost, sum(is_first) = first_paths AS first_lost
  FROM thing WHERE name IS NOT NULL
  GROUP BY run_id, mx_set_id, implicit_host_id, kind, name)
SELECT h.run_id, h.kind, h.name, sum(h.domains) AS used, sum(h.domains * h.lost) AS lost,
       sum(h.domains * (h.first_lost AND NOT h.lost)) AS fallback, sum(h.domains * (NOT h.first_lost)) AS capacity,
       1.0 * sum(h.domains * h.lost) / nullif(t.receiving, 0) AS share, 1.0 * sum(h.domains) / nullif(t.receiving, 0) AS used_share
FROM hit h
JOIN v_total t ON t.run_id = h.run_id
GROUP BY h.run_id, h.kind, h.name;

-- What changed in a run against the complete run of its list before it? Settled is compared with settled only; the one kind
-- that is not is `became_undetermined`. `mxsurvey diff` tells the same of any two runs.
CREATE VIEW v_change AS
WITH label AS MATERIALIZED (
  SELECT verdict_id, role, group_concat(name, ' + ') AS names FROM (SELECT l.verdict_id, l.role, p.name FROM verdict_label l
    JOIN provider p ON p.id = l.provider_id WHERE l.role IN (0, 1) ORDER BY l.verdict_id, l.role, p.name) GROUP BY verdict_id, role),
side AS (
  SELECT r.id AS run_id, r.list_id, r.previous_run, a.domain_id, a.mx_set_id AS old_set, b.mx_set_id AS new_set,
         CASE WHEN va.state = 1 THEN a.implicit_host_id END AS old_own, CASE WHEN vb.state = 1 THEN b.implicit_host_id END AS new_own,
         ja.verdict_id AS old_verdict, jb.verdict_id AS new_verdict, va.state AS old_state, vb.state AS new_state,
         va.backup AS old_backup, vb.backup AS new_backup, (',' || r.checks LIKE '%,host%') = (',' || q.checks LIKE '%,host%') AS hosts_alike,
         (',' || r.checks LIKE '%,auth%') = (',' || q.checks LIKE '%,auth%') AS auth_alike
  FROM run r JOIN run q ON q.id = r.previous_run
  JOIN domain_history a ON a.list_id = r.list_id AND a.first_run <= r.previous_run AND ifnull(a.last_run, r.previous_run) >= r.previous_run
  JOIN domain_history b ON b.domain_id = a.domain_id AND b.list_id = r.list_id AND b.first_run <= r.id AND ifnull(b.last_run, r.id) >= r.id
  JOIN judgement ja ON ja.domain_id = a.domain_id AND ja.list_id = r.list_id AND ja.first_run <= r.previous_run
                   AND ifnull(ja.last_run, r.previous_run) >= r.previous_run
  JOIN judgement jb ON jb.domain_id = a.domain_id AND jb.list_id = r.list_id AND jb.first_run <= r.id AND ifnull(jb.last_run, r.id) >= r.id
  JOIN verdict va ON va.id = ja.verdict_id
  JOIN verdict vb ON vb.id = jb.verdict_id
  WHERE r.state = 'complete' AND va.state <> 7),
settled AS (SELECT * FROM side WHERE new_state <> 7),
named AS MATERIALIZED (
  SELECT verdict_id, max(CASE role WHEN 1 THEN names END) || ifnull(' behind ' || max(CASE role WHEN 0 THEN names END), '') AS provider
  FROM label GROUP BY verdict_id HAVING max(role) = 1
  UNION ALL SELECT verdict_id, names FROM label GROUP BY verdict_id HAVING max(role) = 0),
mx_host AS (
  SELECT s.run_id, s.previous_run, s.list_id, s.domain_id, e.host_id, h.name, s.old_set, s.old_own, 0 AS own
  FROM settled s JOIN mx_entry e ON e.set_id = s.new_set JOIN host h ON h.id = e.host_id AND h.name <> ''
  UNION SELECT run_id, previous_run, list_id, domain_id, new_own, h.name, old_set, old_own, 1
  FROM settled s JOIN host h ON h.id = s.new_own),
known AS (
  SELECT x.*, EXISTS (SELECT 1 FROM mx_entry o WHERE o.set_id = x.old_set AND o.host_id = x.host_id) OR x.old_own IS x.host_id AS was,
         a.a_outcome AS old_a, a.aaaa_outcome AS old_aaaa, a.a_set_id AS old_a_set, a.aaaa_set_id AS old_aaaa_set,
         b.a_outcome AS new_a, b.aaaa_outcome AS new_aaaa, b.a_set_id AS new_a_set, b.aaaa_set_id AS new_aaaa_set
  FROM mx_host x
  LEFT JOIN host_history a ON a.host_id = x.host_id AND a.list_id = x.list_id AND a.first_run <= x.previous_run
                       AND ifnull(a.last_run, x.previous_run) >= x.previous_run
  JOIN host_history b ON b.host_id = x.host_id AND b.list_id = x.list_id AND b.first_run <= x.run_id
                  AND ifnull(b.last_run, x.run_id) >= x.run_id),
change AS (
  SELECT run_id, domain_id, 'state_changed' AS kind, o.name AS old, n.name AS new
  FROM settled JOIN state o ON o.id = old_state JOIN state n ON n.id = new_state WHERE old_state <> new_state
    AND (hosts_alike OR old_state NOT IN (0, 6) OR new_state NOT IN (0, 6))
  UNION ALL
  SELECT run_id, domain_id, 'became_undetermined', o.name, 'undetermined' FROM side JOIN state o ON o.id = old_state WHERE new_state = 7
  UNION ALL
  SELECT run_id, domain_id, CASE WHEN old_backup = 1 THEN 'backup_lost' ELSE 'backup_gained' END, o.name, n.name
  FROM settled JOIN backup o ON o.id = old_backup JOIN backup n ON n.id = new_backup WHERE (old_backup = 1) <> (new_backup = 1)
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
  WHERE new_a = 2 AND NOT own AND (NOT was OR old_a < 2) GROUP BY run_id, domain_id
  UNION ALL
  SELECT run_id, domain_id, 'address_moved', group_concat(name || ifnull(' ' || (SELECT group_concat(a.address, ' ') FROM address_entry e
    JOIN address a ON a.id = e.address_id WHERE e.set_id IN (old_a_set, old_aaaa_set)), ''), ', '),
    group_concat(name || ifnull(' ' || (SELECT group_concat(a.address, ' ') FROM address_entry e
    JOIN address a ON a.id = e.address_id WHERE e.set_id IN (new_a_set, new_aaaa_set)), ''), ', ')
  FROM known WHERE was AND old_a <= 2 AND new_a <= 2 AND old_aaaa <= 2 AND new_aaaa <= 2 AND ifnull(old_a_set, old_aaaa_set) IS NOT NULL
   AND ifnull(new_a_set, new_aaaa_set) IS NOT NULL AND (old_a_set IS NOT new_a_set OR old_aaaa_set IS NOT new_aaaa_set)
  GROUP BY run_id, domain_id
  UNION ALL
  SELECT s.run_id, s.domain_id, 'provider_migrated', o.provider, n.provider
  FROM settled s JOIN named o ON o.verdict_id = s.old_verdict JOIN named n ON n.verdict_id = s.new_verdict
  WHERE s.old_verdict <> s.new_verdict AND s.hosts_alike AND s.auth_alike AND s.old_state IN (0, 1) AND s.new_state IN (0, 1) AND o.provider <> n.provider
    AND NOT EXISTS (SELECT 1 FROM mx_entry e JOIN host_history h ON h.host_id = e.host_id AND h.list_id = s.list_id
      WHERE ((e.set_id = s.old_set AND h.first_run <= s.previous_run AND ifnull(h.last_run, s.previous_run) >= s.previous_run)
          OR (e.set_id = s.new_set AND h.first_run <= s.run_id AND ifnull(h.last_run, s.run_id) >= s.run_id))
        AND (h.a_outcome > 2 OR h.aaaa_outcome > 2) AND NOT EXISTS (SELECT 1 FROM address_entry ae JOIN address a ON a.id = ae.address_id
          WHERE ae.set_id IN (h.a_set_id, h.aaaa_set_id) AND a.public))
  UNION ALL
  SELECT s.run_id, s.domain_id, 'policy_changed', p.old, p.new
  FROM settled s
  CROSS JOIN v_policy_change p ON p.from_run = s.previous_run AND p.to_run = s.run_id AND p.domain_id = s.domain_id)
SELECT c.run_id, d.name AS domain, c.kind, c.old, c.new, r.previous_run
FROM change c
JOIN domain d ON d.id = c.domain_id
JOIN run r ON r.id = c.run_id
WHERE c.old IS NOT NULL OR c.new IS NOT NULL;

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
  SELECT 1 FROM verdict_label l WHERE l.verdict_id = j.verdict_id AND l.role = 1 AND l.confidence IN (50, 90));

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
  UNION ALL SELECT run_id, 8, 'DANE', dane, domains, CASE dane WHEN 0 THEN 'absent' WHEN 1 THEN 'some mx_hosts' WHEN 2 THEN 'every mx_host'
         WHEN 3 THEN 'not validated' WHEN 4 THEN 'unusable' END FROM one WHERE state IN (0, 1)
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
JOIN verdict v ON v.id = c.verdict_id AND v.state IN (0, 1) AND (v.spf IS NOT NULL OR v.mta_sts IS NOT NULL)
JOIN verdict_label l ON l.verdict_id = c.verdict_id AND l.role = 1
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
