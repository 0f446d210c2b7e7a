-- How many domains has a run: accepted, settled, and able to receive mail? (the denominators)
CREATE VIEW v_total AS
SELECT c.run_id, sum(c.domains) AS accepted, sum(c.domains * st.settled) AS settled, sum(c.domains * st.receives) AS receiving
FROM v_verdict_count c
JOIN verdict v ON v.id = c.verdict_id
JOIN state st ON st.id = v.state
GROUP BY c.run_id;

-- How many domains are in each state?
CREATE VIEW v_state AS
WITH counted AS MATERIALIZED (
  SELECT c.run_id, v.state, sum(c.domains) AS domains FROM v_verdict_count c JOIN verdict v ON v.id = c.verdict_id GROUP BY c.run_id, v.state),
total AS MATERIALIZED (SELECT run_id, sum(domains) AS accepted FROM counted GROUP BY run_id)
SELECT t.run_id, st.name AS state, ifnull(c.domains, 0) AS domains, 1.0 * ifnull(c.domains, 0) / t.accepted AS share, st.id AS position
FROM total t
JOIN state st
LEFT JOIN counted c ON c.run_id = t.run_id AND c.state = st.id;

-- What did the survey find, in a dozen lines? share is of what `base` says.
CREATE VIEW v_summary AS
WITH one AS MATERIALIZED (
  SELECT c.run_id, v.state, v.receives, v.backup, v.single_point, v.ipv6, v.load_sharing, v.survives_provider,
         sum(c.domains) AS domains
  FROM v_verdict_count c
  JOIN v_verdict v ON v.verdict_id = c.verdict_id
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8),
receiving AS MATERIALIZED (SELECT * FROM one WHERE receives),
counted AS (
  SELECT run_id, 1 AS position, 'can receive mail' AS measure, sum(domains * receives) AS domains, 0 AS narrow
  FROM one GROUP BY run_id
  UNION ALL SELECT run_id, 2, 'say they take no mail (null MX)', sum(domains * (state IN ('null_mx', 'null_mx_invalid'))), 0 FROM one GROUP BY run_id
  UNION ALL SELECT run_id, 3, 'have neither MX nor address', sum(domains * (state = 'no_mail')), 0 FROM one GROUP BY run_id
  UNION ALL SELECT run_id, 4, 'do not exist', sum(domains * (state = 'nxdomain')), 0 FROM one GROUP BY run_id
  UNION ALL SELECT run_id, 5, 'are broken: no MX host has a public address', sum(domains * (state = 'broken')), 0 FROM one GROUP BY run_id
  UNION ALL SELECT run_id, 6, 'could not be determined', sum(domains * (state = 'undetermined')), 0 FROM one GROUP BY run_id
  UNION ALL SELECT run_id, 7, 'share load over equal MX hosts', sum(domains * load_sharing), 1 FROM receiving GROUP BY run_id
  UNION ALL SELECT run_id, 8, 'have an effective backup', sum(domains * (backup = 'effective')), 1 FROM receiving GROUP BY run_id
  UNION ALL SELECT run_id, 9, 'survive the loss of their provider', sum(domains * survives_provider), 1 FROM receiving GROUP BY run_id
  UNION ALL SELECT run_id, 10, 'have an ineffective or dead backup', sum(domains * (backup IN ('decorative', 'dead'))), 1
  FROM receiving GROUP BY run_id
  UNION ALL SELECT run_id, 11, 'depend on a single host, address or prefix', sum(domains * (single_point IN ('host', 'address', 'prefix'))), 1
  FROM receiving GROUP BY run_id
  UNION ALL SELECT run_id, 12, 'are reachable over IPv6', sum(domains * ipv6), 1 FROM receiving GROUP BY run_id)
SELECT c.run_id, c.position, c.measure, c.domains,
       1.0 * c.domains / nullif(CASE c.narrow WHEN 0 THEN t.accepted ELSE t.receiving END, 0) AS share,
       CASE c.narrow WHEN 0 THEN 'all names' ELSE 'those that receive mail' END AS base
FROM counted c
JOIN v_total t ON t.run_id = c.run_id;

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

-- How do the top-level domains differ? share is of all names of the run, the other shares of the row's receiving domains.
CREATE VIEW v_tld AS
SELECT c.run_id, c.tld, sum(c.domains) AS domains, 1.0 * sum(c.domains) / nullif(t.accepted, 0) AS share,
       sum(c.domains * (v.receives)) AS receiving,
       1.0 * sum(c.domains * (v.receives) * ifnull(v.backup = 'effective', 0)) / nullif(sum(c.domains * (v.receives)), 0)
         AS backup_share,
       1.0 * sum(c.domains * (v.receives) * ifnull(v.ipv6, 0)) / nullif(sum(c.domains * (v.receives)), 0)
         AS ipv6_share,
       1.0 * sum(c.domains * (v.receives) * ifnull(v.single_point = 'host', 0)) / nullif(sum(c.domains * (v.receives)), 0)
         AS single_host_share
FROM v_tld_count c
JOIN v_total t ON t.run_id = c.run_id
JOIN v_verdict v ON v.verdict_id = c.verdict_id
GROUP BY c.run_id, c.tld;
