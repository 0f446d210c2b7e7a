-- In what state is each domain of a run, and what did the MX question bring?
CREATE VIEW v_domain AS
SELECT r.id AS run_id, d.name AS domain, v.state, o.name AS mx_outcome, al.value AS alias,
       v.backup, v.single_point, v.hosts, v.usable, v.tiers, v.load_sharing, v.multihomed, v.ipv6,
       v.addresses, v.prefixes, v.asns, v.providers, v.survives_provider, s.domain_id, s.mx_set_id, s.implicit_host_id, j.verdict_id
FROM run r
JOIN domain_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
JOIN judgement j ON j.domain_id = s.domain_id AND j.list_id = r.list_id AND j.first_run <= r.id
                AND ifnull(j.last_run, r.id) >= r.id
JOIN domain d ON d.id = s.domain_id
JOIN v_verdict v ON v.verdict_id = j.verdict_id
JOIN outcome o ON o.id = s.outcome
LEFT JOIN text al ON al.id = s.alias_id
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
JOIN v_verdict v ON v.verdict_id = j.verdict_id AND v.state IN ('implicit_mx', 'broken', 'undetermined')
JOIN domain d ON d.id = s.domain_id
JOIN host h ON h.id = s.implicit_host_id
WHERE r.state = 'complete';

-- What is known of each MX host: outcomes, addresses, whether it is usable (NULL: not known), alias, provider?
CREATE VIEW v_host AS
SELECT r.id AS run_id, h.name AS host, ao.name AS a_outcome, qo.name AS aaaa_outcome, al.value AS alias, hs.usable,
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

-- By which ways does mail reach the domains that share an MX set? One row per address of each usable MX host; where
-- addresses were not asked, one per MX host. The domains of a null MX have none. A view of single domains: it is as long as the list of
-- MX sets, and walks over all domains (what is counted over the paths stands in v_impact).
CREATE VIEW v_path AS
WITH sets AS (
  SELECT r.id AS run_id, r.list_id, ',' || r.checks || ',' LIKE '%,host,%' AS asked, s.mx_set_id, s.implicit_host_id,
         count(*) AS domains
  FROM run r
  JOIN domain_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
                    AND (s.mx_set_id IS NOT NULL OR s.implicit_host_id IS NOT NULL)
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
LEFT JOIN host_history hs ON hs.usable AND (x.asked OR x.mx_set_id IS NULL) AND hs.host_id = x.host_id AND hs.list_id = x.list_id AND hs.first_run <= x.run_id
                      AND ifnull(hs.last_run, x.run_id) >= x.run_id
LEFT JOIN address_entry ae ON ae.set_id IN (hs.a_set_id, hs.aaaa_set_id)
LEFT JOIN address a ON a.id = ae.address_id AND a.public
LEFT JOIN asn n ON n.id = a.asn
WHERE a.id IS NOT NULL
   OR (NOT x.asked AND x.mx_set_id IS NOT NULL AND h.deliverable);

-- One row a domain, to browse: who filters, holds and backs up its mail, how redundant it is, what was found.
CREATE VIEW v_browse AS
SELECT d.run_id, d.domain, d.state,
       (SELECT group_concat(provider, ' + ') FROM v_label l WHERE l.verdict_id = d.verdict_id AND l.role = 'mailbox') AS mailbox,
       (SELECT group_concat(provider, ' + ') FROM v_label l WHERE l.verdict_id = d.verdict_id AND l.role = 'gateway') AS gateway,
       (SELECT group_concat(m.preference || ' ' || m.host, ', ') FROM v_mx m WHERE m.run_id = d.run_id AND m.domain_id = d.domain_id) AS mx,
       d.backup, d.single_point, d.survives_provider, d.tiers, d.usable,
       (SELECT group_concat(finding, ' ') FROM v_verdict_finding f WHERE f.verdict_id = d.verdict_id) AS findings
FROM v_domain d;
