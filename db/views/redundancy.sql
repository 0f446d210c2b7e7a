-- How redundant is the mail of a run's domains?
CREATE VIEW v_redundancy AS
SELECT c.run_id, v.state, v.tiers, v.backup, v.single_point, sum(c.domains) AS domains
FROM v_verdict_count c
JOIN v_verdict v ON v.verdict_id = c.verdict_id
GROUP BY c.run_id, v.position, v.tiers, v.backup, v.single_point;

-- The same, one measure at a time: how many of the domains that can receive mail have how many MX hosts, tiers, and so on?
-- value "unknown": addresses were not asked, or not settled.
CREATE VIEW v_redundancy_measure AS
WITH one AS MATERIALIZED (
  SELECT c.run_id, v.hosts, v.usable, v.tiers, v.load_sharing, v.multihomed, v.ipv6, v.single_point, v.survives_provider,
         sum(c.domains) AS domains
  FROM v_verdict_count c
  JOIN v_verdict v ON v.verdict_id = c.verdict_id AND v.receives
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9),
counted AS (
  SELECT run_id, 1 AS position, 'MX hosts' AS measure, CASE WHEN hosts >= 6 THEN '6 or more' ELSE hosts || '' END AS value,
         sum(domains) AS domains FROM one GROUP BY 1, 4
  UNION ALL
  SELECT run_id, 2, 'usable MX hosts', CASE WHEN usable >= 6 THEN '6 or more' ELSE ifnull(usable, 'unknown') || '' END,
         sum(domains) FROM one GROUP BY 1, 4
  UNION ALL
  SELECT run_id, 3, 'tiers', CASE WHEN tiers >= 4 THEN '4 or more' ELSE ifnull(tiers, 'unknown') || '' END,
         sum(domains) FROM one GROUP BY 1, 4
  UNION ALL
  SELECT run_id, 4, 'load sharing', CASE load_sharing WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown' END,
         sum(domains) FROM one GROUP BY 1, 4
  UNION ALL
  SELECT run_id, 5, 'one MX host, several addresses', CASE multihomed WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown' END,
         sum(domains) FROM one GROUP BY 1, 4
  UNION ALL
  SELECT run_id, 6, 'reachable over IPv6', CASE ipv6 WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown' END,
         sum(domains) FROM one GROUP BY 1, 4
  UNION ALL
  SELECT run_id, 7, 'single point of failure', ifnull(single_point, 'unknown'), sum(domains) FROM one GROUP BY 1, 4
  UNION ALL
  SELECT run_id, 8, 'survives provider loss', CASE survives_provider WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown' END,
         sum(domains) FROM one GROUP BY 1, 4)
SELECT c.run_id, c.measure, c.value, c.domains, 1.0 * c.domains / nullif(t.receiving, 0) AS share, c.position
FROM counted c
JOIN v_total t ON t.run_id = c.run_id;

-- How many of the domains that can receive mail have a backup MX host, and what does it not share with the first tier?
CREATE VIEW v_backup AS
SELECT c.run_id, ifnull(v.backup, 'unknown') AS backup,
       CASE WHEN v.backup <> 'effective' OR v.backup IS NULL THEN NULL WHEN v.backup_apart & 8 THEN 'provider' WHEN v.backup_apart & 4 THEN 'asn'
            WHEN v.backup_apart & 2 THEN 'prefix' ELSE 'address' END AS apart,
       sum(c.domains) AS domains, 1.0 * sum(c.domains) / nullif(t.receiving, 0) AS share
FROM v_verdict_count c
JOIN v_total t ON t.run_id = c.run_id
JOIN v_verdict v ON v.verdict_id = c.verdict_id AND v.receives
GROUP BY 1, 2, 3;

-- Whose loss takes whose mail? For each host, address, prefix, autonomous system, provider and country: how many domains use it, lose
-- every path, fall back to a later tier, or only lose capacity. share is of the domains that can receive mail. Counted when a run
-- finishes; of each kind the 1,000 with most to lose and the 1,000 most used are kept (`mxsurvey outage` tells of every other).
CREATE VIEW v_impact AS
SELECT t.run_id, i.kind, i.name, i.used, i.lost, i.fallback, i.capacity, 1.0 * i.lost / nullif(t.receiving, 0) AS share,
       1.0 * i.used / nullif(t.receiving, 0) AS used_share
FROM v_total t
JOIN run r ON r.id = t.run_id
JOIN impact i ON i.list_id = r.list_id AND i.first_run <= r.id AND ifnull(i.last_run, r.id) >= r.id;
