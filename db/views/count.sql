-- How many domains has a run: accepted, settled, and able to receive mail? (the denominators)
CREATE VIEW v_total AS
SELECT c.run_id, sum(c.domains) AS accepted, sum(c.domains * st.settled) AS settled, sum(c.domains * st.receives) AS receiving
FROM v_verdict_count c
JOIN verdict v ON v.id = c.verdict_id
JOIN state st ON st.id = v.state
GROUP BY c.run_id;

-- How many domains are in each state?
CREATE VIEW v_state AS
SELECT c.run_id, st.name AS state, sum(c.domains * (v.state = st.id)) AS domains, 1.0 * sum(c.domains * (v.state = st.id)) / sum(c.domains) AS share,
       st.id AS position
FROM v_verdict_count c
JOIN verdict v ON v.id = c.verdict_id
JOIN state st
GROUP BY c.run_id, st.id;

-- What did the survey find, in a dozen lines? share is of those that `base` names and of which it is known: `known` many; of `unknown`
-- more an MX host or address was not settled. NULL: none is known, or the addresses of MX hosts, on which it rests, were not asked.
CREATE VIEW v_summary AS
SELECT run_id, position, measure, CASE WHEN of_all OR known > 0 THEN domains END AS domains, 1.0 * domains / nullif(known, 0) AS share,
       CASE WHEN of_all THEN 'all names' ELSE 'those that receive mail' END AS base, known,
       CASE WHEN of_all THEN accepted ELSE receiving END - known AS unknown
FROM (SELECT o.run_id, w.position, w.measure, w.position <= 7 AS of_all, o.accepted, o.receiving,
             CASE WHEN w.rests_on_hosts AND instr(',' || r.checks || ',', ',host,') = 0 THEN NULL
               ELSE CASE w.position WHEN 1 THEN o.receiving WHEN 2 THEN o.null_mx WHEN 3 THEN o.null_mx_invalid WHEN 4 THEN o.no_mail
                 WHEN 5 THEN o.nxdomain WHEN 6 THEN o.broken WHEN 7 THEN o.undetermined WHEN 8 THEN o.sharing WHEN 9 THEN o.effective
                 WHEN 10 THEN o.survive WHEN 11 THEN o.ineffective WHEN 12 THEN o.single WHEN 13 THEN o.ipv6 END END AS domains,
             CASE WHEN w.rests_on_hosts AND instr(',' || r.checks || ',', ',host,') = 0 THEN NULL
               ELSE CASE w.position WHEN 8 THEN o.sharing_known WHEN 9 THEN o.backup_known WHEN 10 THEN o.survive_known WHEN 11 THEN o.backup_known
                 WHEN 12 THEN o.single_known WHEN 13 THEN o.ipv6_known ELSE o.accepted END END AS known
      FROM (SELECT c.run_id, sum(c.domains) AS accepted, sum(c.domains * v.receives) AS receiving,
                   sum(c.domains * (v.state = 'null_mx')) AS null_mx, sum(c.domains * (v.state = 'null_mx_invalid')) AS null_mx_invalid,
                   sum(c.domains * (v.state = 'no_mail')) AS no_mail, sum(c.domains * (v.state = 'nxdomain')) AS nxdomain,
                   sum(c.domains * (v.state = 'broken')) AS broken, sum(c.domains * (v.state = 'undetermined')) AS undetermined,
                   sum(CASE WHEN v.receives THEN c.domains * v.load_sharing END) AS sharing,
                   sum(CASE WHEN v.receives THEN c.domains * (v.backup = 'effective') END) AS effective,
                   sum(CASE WHEN v.receives THEN c.domains * v.survives_provider END) AS survive,
                   sum(CASE WHEN v.receives THEN c.domains * (v.backup IN ('decorative', 'dead')) END) AS ineffective,
                   sum(CASE WHEN v.receives THEN c.domains * (v.single_point IN ('host', 'address', 'prefix')) END) AS single,
                   sum(CASE WHEN v.receives THEN c.domains * v.ipv6 END) AS ipv6,
                   sum(c.domains * (v.receives AND v.load_sharing IS NOT NULL)) AS sharing_known,
                   sum(c.domains * (v.receives AND v.backup IS NOT NULL)) AS backup_known,
                   sum(c.domains * (v.receives AND v.survives_provider IS NOT NULL)) AS survive_known,
                   sum(c.domains * (v.receives AND v.single_point IS NOT NULL)) AS single_known,
                   sum(c.domains * (v.receives AND v.ipv6 IS NOT NULL)) AS ipv6_known
            FROM v_verdict_count c
            JOIN v_verdict v ON v.verdict_id = c.verdict_id
            GROUP BY c.run_id) o
      JOIN run r ON r.id = o.run_id
      JOIN (SELECT 1 AS position, 'can receive mail' AS measure, 0 AS rests_on_hosts
            UNION ALL SELECT 2, 'say they take no mail (null MX)', 0
            UNION ALL SELECT 3, 'mean to say so: the null MX is invalid', 0
            UNION ALL SELECT 4, 'have neither MX nor address', 0
            UNION ALL SELECT 5, 'do not exist', 0
            UNION ALL SELECT 6, 'are broken: no MX host has a public address', 1
            UNION ALL SELECT 7, 'could not be determined', 0
            UNION ALL SELECT 8, 'share load over equal MX hosts', 1
            UNION ALL SELECT 9, 'have an effective backup', 1
            UNION ALL SELECT 10, 'survive the loss of their provider', 1
            UNION ALL SELECT 11, 'have an ineffective or dead backup', 1
            UNION ALL SELECT 12, 'depend on a single host, address or prefix', 1
            UNION ALL SELECT 13, 'are reachable over IPv6', 1) w
      WHERE (w.position <> 3 OR o.null_mx_invalid > 0) AND (w.position <= 7 OR o.receiving > 0));

-- What is wrong or worth knowing, and how many domains have it?
CREATE VIEW v_finding AS
SELECT x.run_id, f.name AS finding, se.name AS severity, x.domains, 1.0 * x.domains / nullif(t.accepted, 0) AS share, f.sentence, f.advice, f.code,
       f.severity AS weight
FROM ( -- grouped inside, the total joined outside: SQLite hands the run that is asked for down to one view that groups, not to a second below it
      SELECT c.run_id, vf.code, sum(c.domains) AS domains
      FROM v_verdict_count c
      JOIN verdict_finding vf ON vf.verdict_id = c.verdict_id
      GROUP BY c.run_id, vf.code) x
JOIN v_total t ON t.run_id = x.run_id
JOIN finding f ON f.code = x.code
JOIN severity se ON se.id = f.severity;

-- How do the top-level domains differ? share is of all names of the run, the others of the row's receiving domains of which it is known:
-- backup_known, ipv6_known, single_host_known many; of unknown of them not all three are. NULL: of none it is known, or the addresses of MX hosts were
-- not asked.
CREATE VIEW v_tld AS
SELECT x.run_id, x.tld, x.domains, 1.0 * x.domains / nullif(t.accepted, 0) AS share, x.receiving,
       1.0 * x.backed / nullif(x.backup_known, 0) AS backup_share, 1.0 * x.ipv6 / nullif(x.ipv6_known, 0) AS ipv6_share,
       1.0 * x.single / nullif(x.single_known, 0) AS single_host_share, x.backup_known, x.ipv6_known, x.single_known AS single_host_known,
       x.unknown
FROM (SELECT c.run_id, c.tld, sum(c.domains) AS domains, sum(c.domains * v.receives) AS receiving,
             sum(c.domains * v.receives * ifnull(v.backup = 'effective', 0)) AS backed, sum(c.domains * v.receives * ifnull(v.ipv6, 0)) AS ipv6,
             sum(c.domains * v.receives * ifnull(v.single_host, 0)) AS single,
             CASE WHEN h.asked THEN sum(c.domains * (v.receives AND v.backup IS NOT NULL)) END AS backup_known,
             CASE WHEN h.asked THEN sum(c.domains * (v.receives AND v.ipv6 IS NOT NULL)) END AS ipv6_known,
             CASE WHEN h.asked THEN sum(c.domains * (v.receives AND v.single_host IS NOT NULL)) END AS single_known,
             CASE WHEN h.asked THEN sum(c.domains * (v.receives AND (v.backup IS NULL OR v.ipv6 IS NULL OR v.single_host IS NULL))) END AS unknown
      FROM v_tld_count c
      JOIN (SELECT id, instr(',' || checks || ',', ',host,') > 0 AS asked FROM run) h ON h.id = c.run_id
      JOIN v_verdict v ON v.verdict_id = c.verdict_id
      GROUP BY c.run_id, c.tld) x
JOIN v_total t ON t.run_id = x.run_id;
