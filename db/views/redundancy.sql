-- How redundant is the mail of a run's domains?
CREATE VIEW v_redundancy AS
SELECT c.run_id, v.state, v.tiers, v.backup, v.single_point, sum(c.domains) AS domains
FROM v_verdict_count c
JOIN v_verdict v ON v.verdict_id = c.verdict_id
GROUP BY c.run_id, v.position, v.tiers, v.backup, v.single_point;

-- The same, one measure at a time: how many of the domains that can receive mail have how many MX hosts, tiers, and so on?
-- value "unknown": addresses were not asked, or not settled.
CREATE VIEW v_redundancy_measure AS
SELECT x.run_id, x.measure, x.value, x.domains, 1.0 * x.domains / nullif(t.receiving, 0) AS share, x.position
FROM (
  SELECT c.run_id, m.position, m.measure,
         CASE m.position
           WHEN 1 THEN CASE WHEN v.hosts >= 6 THEN '6 or more' ELSE v.hosts || '' END
           WHEN 2 THEN CASE WHEN v.usable >= 6 THEN '6 or more' ELSE ifnull(v.usable, 'unknown') || '' END
           WHEN 3 THEN CASE WHEN v.tiers >= 4 THEN '4 or more' ELSE ifnull(v.tiers, 'unknown') || '' END
           WHEN 4 THEN CASE v.load_sharing WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown' END
           WHEN 5 THEN CASE v.multihomed WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown' END
           WHEN 6 THEN CASE v.ipv6 WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown' END
           WHEN 7 THEN ifnull(v.single_point, 'unknown')
           WHEN 8 THEN CASE v.survives_provider WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown' END
         END AS value, sum(c.domains) AS domains
  FROM v_verdict_count c
  JOIN v_verdict v ON v.verdict_id = c.verdict_id AND v.receives
  JOIN (SELECT 1 AS position, 'MX hosts' AS measure
        UNION ALL SELECT 2, 'usable MX hosts'
        UNION ALL SELECT 3, 'tiers'
        UNION ALL SELECT 4, 'load sharing'
        UNION ALL SELECT 5, 'one MX host, several addresses'
        UNION ALL SELECT 6, 'reachable over IPv6'
        UNION ALL SELECT 7, 'single point of failure'
        UNION ALL SELECT 8, 'survives provider loss') m
  GROUP BY c.run_id, m.position, 4) x
JOIN v_total t ON t.run_id = x.run_id;

-- How many of the domains that can receive mail have a backup MX host, and what does it not share with the first tier?
CREATE VIEW v_backup AS
SELECT x.run_id, x.backup, x.apart, x.domains, 1.0 * x.domains / nullif(t.receiving, 0) AS share
FROM (SELECT c.run_id, ifnull(v.backup, 'unknown') AS backup,
             CASE WHEN v.backup <> 'effective' OR v.backup IS NULL THEN NULL WHEN v.backup_apart & 8 THEN 'provider'
                  WHEN v.backup_apart & 4 THEN 'asn' WHEN v.backup_apart & 2 THEN 'prefix' ELSE 'address' END AS apart,
             sum(c.domains) AS domains
      FROM v_verdict_count c
      JOIN v_verdict v ON v.verdict_id = c.verdict_id AND v.receives
      GROUP BY 1, 2, 3) x
JOIN v_total t ON t.run_id = x.run_id;

-- Whose loss takes whose mail? For each host, address, prefix, autonomous system, provider and country: how many domains use it, lose
-- every path, fall back to a later tier, or only lose capacity. share is of the domains that can receive mail. Counted when a run
-- finishes; of each kind the 1,000 with most to lose and the 1,000 most used are kept (`mxsurvey outage` tells of every other).
CREATE VIEW v_impact AS
SELECT t.run_id, i.kind, i.name, i.used, i.lost, i.fallback, i.capacity,
       i.used - i.lost - i.fallback - i.capacity AS unknown, 1.0 * i.lost / nullif(t.receiving, 0) AS share,
       1.0 * i.used / nullif(t.receiving, 0) AS used_share
FROM v_total t
JOIN run r ON r.id = t.run_id
JOIN impact i ON i.list_id = r.list_id AND i.first_run <= r.id AND ifnull(i.last_run, r.id) >= r.id;
