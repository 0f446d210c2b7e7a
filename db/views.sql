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
JOIN domain_span s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
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

-- Which exchanges does each domain name, with what preference?
CREATE VIEW v_mx AS
SELECT r.id AS run_id, d.name AS domain, e.preference, h.name AS host, s.domain_id, e.host_id, 0 AS implicit
FROM run r
JOIN domain_span s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
JOIN domain d ON d.id = s.domain_id
JOIN mx_entry e ON e.set_id = s.mx_set_id
JOIN host h ON h.id = e.host_id
WHERE r.state = 'complete'
UNION ALL
SELECT r.id, d.name, 0, h.name, s.domain_id, h.id, 1
FROM run r
JOIN domain_span s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
JOIN judgement j ON j.domain_id = s.domain_id AND j.list_id = r.list_id AND j.first_run <= r.id
                AND ifnull(j.last_run, r.id) >= r.id
JOIN verdict v ON v.id = j.verdict_id AND v.state IN (1, 6, 7)
JOIN domain d ON d.id = s.domain_id
JOIN host h ON h.id = s.implicit_host_id
WHERE r.state = 'complete';

-- What is known of each exchange: outcomes, addresses, alias, provider?
CREATE VIEW v_host AS
SELECT r.id AS run_id, h.name AS host, ao.name AS a_outcome, qo.name AS aaaa_outcome, al.value AS alias,
       p.name AS provider, ru.pattern AS rule, hs.host_id, hs.a_set_id, hs.aaaa_set_id,
       (SELECT group_concat(x.address, ' ') FROM (SELECT a.address FROM address_entry e JOIN address a ON a.id = e.address_id
         WHERE e.set_id IN (hs.a_set_id, hs.aaaa_set_id) ORDER BY length(a.bytes), e.position) x) AS addresses
FROM run r
JOIN host_span hs ON hs.list_id = r.list_id AND hs.first_run <= r.id AND ifnull(hs.last_run, r.id) >= r.id
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

-- What share of the domains has each provider, per role? `domains` counts a mixed domain in equal parts.
CREATE VIEW v_provider_share AS
SELECT c.run_id, ro.name AS role, p.name AS provider,
       sum(c.domains * CASE WHEN ro.id = 2 THEN 1.0 ELSE l.share / 10000.0 END) AS domains
FROM v_verdict_count c
JOIN verdict_label l ON l.verdict_id = c.verdict_id
JOIN role ro ON ro.id = l.role
JOIN provider p ON p.id = l.provider_id
GROUP BY c.run_id, ro.id, p.id;

-- How redundant is the mail of a run's domains?
CREATE VIEW v_redundancy AS
SELECT c.run_id, st.name AS state, v.tiers, b.name AS backup, sp.name AS single_point, sum(c.domains) AS domains
FROM v_verdict_count c
JOIN verdict v ON v.id = c.verdict_id
JOIN state st ON st.id = v.state
LEFT JOIN backup b ON b.id = v.backup
LEFT JOIN single_point sp ON sp.id = v.single_point
GROUP BY c.run_id, st.id, v.tiers, b.id, sp.id;

-- What is wrong or worth knowing, and how many domains have it?
CREATE VIEW v_finding AS
SELECT c.run_id, f.name AS finding, se.name AS severity, sum(c.domains) AS domains, f.sentence, f.advice, f.code
FROM v_verdict_count c
JOIN verdict_finding vf ON vf.verdict_id = c.verdict_id
JOIN finding f ON f.code = vf.code
JOIN severity se ON se.id = f.severity
GROUP BY c.run_id, f.code;
