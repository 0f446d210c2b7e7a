-- What did each address of an MX host say when it was met under the MX host's name (check smtp)? tested: that name was sent; else what
-- is said of the certificate is only what holds for any name. The columns from banner on are those of the newest run.
CREATE VIEW v_server AS
SELECT r.id AS run_id, h.name AS host, a.address, o.name AS outcome, o.settled, s.code, t.name AS starttls, s.tls, s.cipher, s.name AS server_name, s.banner_name,
       s.flags & 32 <> 0 AS trusted, s.flags & 1 <> 0 AS masked, s.flags & 2 <> 0 AS injected, s.flags & 4 <> 0 AS tls_settled, s.tested,
       CASE WHEN c.id IS NOT NULL THEN s.flags & 8 <> 0 END AS name_matches, CASE WHEN c.id IS NOT NULL THEN s.flags & 16 <> 0 END AS expired,
       x.name AS pkix, d.name AS dane, s.chain_length, c.subject, c.issuer, c.names, c.name_total, c.key, c.key_bits, c.signature,
       c.not_before, c.not_after, CASE WHEN c.id IS NOT NULL THEN lower(hex(c.fingerprint)) END AS fingerprint, m.banner, m.reply, m.tls_failure, m.connect_ms, m.banner_ms,
       m.attempts, m.asked_at, s.host_id, s.address_id, s.certificate_id
FROM run r
JOIN smtp_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
JOIN host h ON h.id = s.host_id
JOIN address a ON a.id = s.address_id
JOIN smtp_outcome o ON o.id = s.outcome
LEFT JOIN smtp_starttls t ON t.id = s.starttls
LEFT JOIN smtp_pkix x ON x.id = s.pkix
LEFT JOIN smtp_dane d ON d.id = s.dane
LEFT JOIN certificate c ON c.id = s.certificate_id
LEFT JOIN smtp_measured m ON m.list_id = r.list_id AND m.address_id = s.address_id AND m.run_id = r.id
WHERE r.state = 'complete';

-- What did each address of an MX host last say whole, up to a run: a greeting accepted, and whether TLS stands settled? trusted: the certificate leads
-- to an authority, whatever name it is for. What a server said that was busy since stays; what another address of the host said goes with the address.
CREATE VIEW v_server_word AS
SELECT r.id AS run_id, s.host_id, s.address_id, s.name, s.banner_name, s.certificate_id, s.flags & 32 <> 0 AS trusted
FROM smtp_history s
CROSS JOIN run r ON r.list_id = s.list_id AND r.id >= s.first_run
CROSS JOIN host_history h ON h.host_id = s.host_id AND h.list_id = s.list_id AND h.first_run <= r.id AND ifnull(h.last_run, r.id) >= r.id
WHERE s.first_run = (
  SELECT max(b.first_run) FROM smtp_history b JOIN smtp_outcome o ON o.id = b.outcome LEFT JOIN smtp_starttls t ON t.id = b.starttls
  WHERE b.host_id = s.host_id AND b.address_id = s.address_id AND b.list_id = s.list_id AND b.first_run <= r.id AND o.name = 'ready'
    AND (ifnull(t.name, 'absent') = 'absent' OR b.flags & 4))
  AND EXISTS (SELECT 1 FROM address_entry e WHERE e.set_id IN (h.a_set_id, h.aaaa_set_id) AND e.address_id = s.address_id);

-- Which names that servers showed speak for a provider: in certificates that lead to an authority, in the answer to EHLO, in the banner? They count
-- where no rule names the MX host.
CREATE VIEW v_server_signal AS
SELECT w.run_id, h.name AS host, a.address, w.kind, g.provider, g.rule, g.value, w.host_id
FROM (SELECT v.run_id, v.host_id, v.address_id, 'certificate' AS kind, j.value FROM v_server_word v JOIN certificate c ON c.id = v.certificate_id,
        json_each(CASE WHEN json_valid(c.names) THEN c.names ELSE '[]' END) j WHERE v.trusted
      UNION SELECT run_id, host_id, address_id, 'ehlo', rtrim(lower(name), '.') FROM v_server_word WHERE name IS NOT NULL
      UNION SELECT run_id, host_id, address_id, 'banner', banner_name FROM v_server_word WHERE banner_name IS NOT NULL) w
JOIN server_signal g ON g.value = w.value
JOIN host h ON h.id = w.host_id
JOIN address a ON a.id = w.address_id;

-- Whose mail servers answer, by who runs the MX host? An address counts once for each provider; banner_ms is the mean.
CREATE VIEW v_server_provider AS
SELECT run_id, provider, count(*) AS addresses, sum(outcome = 'ready') AS answering, sum(outcome = 'rejecting') AS rejecting,
       sum(outcome = 'silent') AS silent, sum(NOT settled) AS unsettled, avg(outcome = 'ready') AS answering_share,
       CAST(avg(banner_ms) AS INTEGER) AS banner_ms
FROM (SELECT DISTINCT s.run_id, ifnull(p.name, '') AS provider, s.address_id, s.outcome, s.settled, s.banner_ms FROM v_server s
      LEFT JOIN host_label l ON l.host_id = s.host_id LEFT JOIN provider p ON p.id = l.provider_id)
GROUP BY run_id, provider;

-- Which TLS do the servers that answer speak?
CREATE VIEW v_server_tls AS
SELECT run_id, tls, count(*) AS addresses, count(*) * 1.0 / sum(count(*)) OVER (PARTITION BY run_id) AS share
FROM (SELECT DISTINCT run_id, address_id, CASE WHEN tls IS NOT NULL THEN tls WHEN starttls = 'absent' THEN 'no TLS' WHEN starttls = 'failed' THEN 'failed'
      ELSE 'not known' END AS tls FROM v_server WHERE outcome = 'ready')
GROUP BY run_id, tls;

-- Do the servers answer that mail is sent to first, and those behind them? primary: the lowest preference of some MX set of the list, or a
-- domain's own address; an address may have both roles, and counts in each.
CREATE VIEW v_server_role AS
SELECT run_id, role, count(*) AS addresses, sum(outcome = 'ready') AS answering, sum(outcome = 'rejecting') AS rejecting,
       sum(outcome = 'silent') AS silent, sum(NOT settled) AS unsettled, avg(outcome = 'ready') AS answering_share
FROM (
  WITH used AS (
    SELECT DISTINCT r.id AS run_id, d.mx_set_id, d.implicit_host_id
    FROM run r JOIN domain_history d ON d.list_id = r.list_id AND d.first_run <= r.id AND ifnull(d.last_run, r.id) >= r.id
    WHERE d.mx_set_id IS NOT NULL OR d.implicit_host_id IS NOT NULL),
  level AS (
    SELECT u.run_id, m.host_id, CASE WHEN m.preference = (SELECT min(f.preference) FROM mx_entry f WHERE f.set_id = u.mx_set_id)
      THEN 'primary' ELSE 'secondary' END AS role
    FROM used u JOIN mx_entry m ON m.set_id = u.mx_set_id
    UNION SELECT run_id, implicit_host_id, 'primary' FROM used WHERE implicit_host_id IS NOT NULL)
  SELECT DISTINCT s.run_id, l.role, s.address_id, s.outcome, s.settled FROM v_server s JOIN level l ON l.run_id = s.run_id AND l.host_id = s.host_id)
GROUP BY run_id, role;

-- Which backups are real tonight: how many domains whose later MX hosts were met have each kind of backup, and do those answer? Settled words alone.
CREATE VIEW v_backup_server AS
SELECT c.run_id, b.name AS backup, w.name AS later, sum(c.domains) AS domains,
       1.0 * sum(c.domains) / sum(sum(c.domains)) OVER (PARTITION BY c.run_id, b.name) AS share
FROM v_verdict_count c
JOIN verdict v ON v.id = c.verdict_id
JOIN backup b ON b.id = v.backup
JOIN verdict_value x ON x.verdict_id = c.verdict_id
JOIN measure m ON m.id = x.measure_id AND m.name = 'later_servers'
JOIN measure_word w ON w.measure_id = m.id AND w.value = x.value
GROUP BY c.run_id, b.id, w.place;

-- How long after the connection stands do the servers that answer greet? Measured in the newest run of a list only.
CREATE VIEW v_server_banner AS
SELECT run_id, position, CASE position WHEN 0 THEN 'under 0.1 s' WHEN 1 THEN '0.1 to 1 s' WHEN 2 THEN '1 to 5 s' WHEN 3 THEN '5 to 15 s'
       ELSE '15 s or more' END AS banner_after, count(*) AS addresses, count(*) * 1.0 / sum(count(*)) OVER (PARTITION BY run_id) AS share
FROM (SELECT DISTINCT run_id, address_id, CASE WHEN banner_ms < 100 THEN 0 WHEN banner_ms < 1000 THEN 1 WHEN banner_ms < 5000 THEN 2
      WHEN banner_ms < 15000 THEN 3 ELSE 4 END AS position FROM v_server WHERE outcome = 'ready' AND banner_ms IS NOT NULL)
GROUP BY run_id, position;

-- For how long are the certificates of the servers that answer still good, counted from the run? A certificate counts once.
CREATE VIEW v_certificate_validity AS
SELECT run_id, position, CASE position WHEN 0 THEN 'expired' WHEN 1 THEN 'under 14 days' WHEN 2 THEN '14 to 29 days' WHEN 3 THEN '30 to 89 days'
       WHEN 4 THEN '90 to 364 days' ELSE 'a year or more' END AS validity, count(*) AS certificates,
       count(*) * 1.0 / sum(count(*)) OVER (PARTITION BY run_id) AS share
FROM (SELECT run_id, fingerprint, CASE WHEN min(days) < 0 THEN 0 WHEN min(days) < 14 THEN 1 WHEN min(days) < 30 THEN 2 WHEN min(days) < 90 THEN 3
      WHEN min(days) < 365 THEN 4 ELSE 5 END AS position FROM v_certificate GROUP BY run_id, fingerprint)
GROUP BY run_id, position;

-- How many days is the certificate of each server that answers still good for, counted from the run?
CREATE VIEW v_certificate AS
SELECT s.run_id, s.host, s.address, round((s.not_after - r.started_at) / 86400.0, 1) AS days, s.not_after, s.issuer, s.pkix, s.fingerprint
FROM v_server s
JOIN run r ON r.id = s.run_id
WHERE s.outcome = 'ready' AND s.tested AND s.not_after IS NOT NULL;

-- What do the servers of each MX host come to: when does the first certificate of those that answer end (shown to its name, or good for it), is that
-- within 14 days of the run, were all silent in two runs in a row although they answered earlier, and does TLS stand somewhere (1), surely
-- nowhere (0), or is that not known, by what each address last said whole? known: the same of what the run found, or, of an address of which it could
-- settle nothing, of what was last settled before; since: the first run that could not.
CREATE VIEW v_host_server AS
SELECT run_id, host_id, min(ends) AS certificate_ends, ifnull(min(ends) - started_at < 14 * 86400, 0) AS ends_soon,
       min(settled AND silent_again) AS silent_again, CASE WHEN max(tls) THEN 1 WHEN min(ifnull(tls, 1)) = 0 THEN 0 END AS secured,
       min(known_ends) AS known_ends, ifnull(max(known_soon), 0) AS known_soon, min(silent_again) AS known_silent, min(since) AS since
FROM (
  SELECT r.id AS run_id, r.started_at, s.host_id, o.settled, iif(o.name = 'ready' AND (s.tested OR s.flags & 8), c.not_after, NULL) AS ends,
         iif(ko.name = 'ready' AND (k.tested OR k.flags & 8), kc.not_after, NULL) AS known_ends,
         iif(ko.name = 'ready' AND (k.tested OR k.flags & 8), kc.not_after - kr.started_at < 14 * 86400, NULL) AS known_soon,
         ko.name = 'silent' AND (k.first_run < kr.id OR EXISTS (SELECT 1 FROM smtp_history b JOIN smtp_outcome p ON p.id = b.outcome
             WHERE b.host_id = s.host_id AND b.address_id = s.address_id AND b.list_id = s.list_id AND p.name = 'silent' AND b.first_run < b.last_run
             AND b.first_run = (SELECT max(x.first_run) FROM smtp_history x JOIN smtp_outcome y ON y.id = x.outcome AND y.settled
               WHERE x.host_id = s.host_id AND x.address_id = s.address_id AND x.list_id = s.list_id AND x.first_run < k.first_run)))
           AND EXISTS (SELECT 1 FROM smtp_history b JOIN smtp_outcome p ON p.id = b.outcome AND p.settled
           AND p.name <> 'silent' WHERE b.host_id = s.host_id AND b.address_id = s.address_id AND b.list_id = s.list_id
           AND b.first_run < k.first_run) AS silent_again,
         (SELECT CASE WHEN b.tls IS NOT NULL THEN 1 WHEN t.name = 'absent' THEN 0 END FROM smtp_history b JOIN smtp_outcome p ON p.id = b.outcome
            JOIN smtp_starttls t ON t.id = b.starttls WHERE b.host_id = s.host_id AND b.address_id = s.address_id AND b.list_id = s.list_id
            AND b.first_run <= r.id AND p.name = 'ready' AND (t.name = 'absent' OR b.flags & 4) ORDER BY b.first_run DESC LIMIT 1) AS tls,
         CASE WHEN k.first_run < s.first_run THEN (SELECT min(b.first_run) FROM smtp_history b WHERE b.host_id = s.host_id AND b.address_id = s.address_id
            AND b.list_id = s.list_id AND b.first_run > k.first_run) END AS since
  FROM run r
  JOIN smtp_history s ON s.list_id = r.list_id AND s.first_run <= r.id AND ifnull(s.last_run, r.id) >= r.id
  JOIN smtp_outcome o ON o.id = s.outcome
  JOIN smtp_history k ON k.host_id = s.host_id AND k.address_id = s.address_id AND k.list_id = s.list_id AND k.first_run = CASE WHEN o.settled
    THEN s.first_run ELSE ifnull((SELECT max(b.first_run) FROM smtp_history b JOIN smtp_outcome p ON p.id = b.outcome AND p.settled
      WHERE b.host_id = s.host_id AND b.address_id = s.address_id AND b.list_id = s.list_id AND b.first_run < s.first_run), s.first_run) END
  JOIN smtp_outcome ko ON ko.id = k.outcome
  JOIN run kr ON kr.id = CASE WHEN k.first_run < s.first_run THEN k.last_run ELSE r.id END
  LEFT JOIN certificate c ON c.id = s.certificate_id
  LEFT JOIN certificate kc ON kc.id = k.certificate_id
  WHERE r.state = 'complete')
GROUP BY run_id, host_id;

-- Which MX hosts fell silent (two runs in a row), lost TLS, or came within 14 days of a certificate's end between two runs of a list? What could not be
-- settled in the first is what was last settled before, and since is the first run that could not.
CREATE VIEW v_server_change_between AS
WITH both AS (
  SELECT o.run_id AS from_run, n.run_id AS to_run, n.host_id, h.name, n.silent_again AND NOT o.known_silent AS silent, o.secured = 1 AND n.secured = 0 AS plain,
         n.ends_soon AND NOT o.known_soon AND o.known_ends IS NOT NULL AS ends, o.known_ends AS old_ends, n.certificate_ends AS new_ends, o.since
  FROM run r JOIN run q ON q.list_id = r.list_id AND q.id < r.id
  JOIN v_host_server n ON n.run_id = r.id JOIN v_host_server o ON o.run_id = q.id AND o.host_id = n.host_id
  JOIN host h ON h.id = n.host_id)
SELECT from_run, to_run, host_id, 'server_silent' AS kind, name || ' answers' AS old, name || ' silent' AS new, since FROM both WHERE silent
UNION ALL SELECT from_run, to_run, host_id, 'tls_lost', name || ' TLS', name || ' no TLS', NULL FROM both WHERE plain
UNION ALL SELECT from_run, to_run, host_id, 'certificate_ends', name || ' certificate until ' || date(old_ends, 'unixepoch'),
                 name || ' certificate until ' || date(new_ends, 'unixepoch'), since FROM both WHERE ends;

-- Which of them did so since the run before? What stands there of any two runs, for neighbours alone: in proportion to the runs, and not to their
-- pairs.
CREATE VIEW v_server_change AS
WITH both AS MATERIALIZED (
  SELECT run_id, host_id, h.name, silent_again AND NOT lag(known_silent) OVER w AS silent, lag(secured) OVER w = 1 AND secured = 0 AS plain,
         ends_soon AND NOT lag(known_soon) OVER w AND lag(known_ends) OVER w IS NOT NULL AS ends, lag(known_ends) OVER w AS old_ends, certificate_ends AS new_ends,
         lag(since) OVER w AS since, lag(run_id) OVER w = previous_run AS follows
  FROM (SELECT v.*, r.list_id, r.previous_run FROM v_host_server v JOIN run r ON r.id = v.run_id) JOIN host h ON h.id = host_id
  WINDOW w AS (PARTITION BY list_id, host_id ORDER BY run_id))
SELECT run_id, host_id, 'server_silent' AS kind, name || ' answers' AS old, name || ' silent' AS new, since FROM both WHERE follows AND silent
UNION ALL SELECT run_id, host_id, 'tls_lost', name || ' TLS', name || ' no TLS', NULL FROM both WHERE follows AND plain
UNION ALL SELECT run_id, host_id, 'certificate_ends', name || ' certificate until ' || date(old_ends, 'unixepoch'),
                 name || ' certificate until ' || date(new_ends, 'unixepoch'), since FROM both WHERE follows AND ends;
