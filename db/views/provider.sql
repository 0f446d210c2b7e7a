-- What share of the domains that can receive mail has each provider, per role? A mixed domain counts in equal parts;
-- a backup counts whole. share is of the domains that can receive mail, share_all of all names of the run.
CREATE VIEW v_provider_share AS
SELECT x.run_id, x.role, x.provider, x.domains, x.domains / nullif(t.receiving, 0) AS share,
       x.domains / nullif(t.accepted, 0) AS share_all
FROM (SELECT c.run_id, ro.name AS role, p.name AS provider,
             sum(c.domains * CASE WHEN ro.name = 'backup' THEN 1.0 ELSE l.share / 10000.0 END) AS domains
      FROM v_verdict_count c
      JOIN verdict v ON v.id = c.verdict_id
      JOIN state st ON st.id = v.state AND st.receives
      JOIN verdict_label l ON l.verdict_id = c.verdict_id
      JOIN role ro ON ro.id = l.role
      JOIN provider p ON p.id = l.provider_id
      GROUP BY c.run_id, l.role, l.provider_id) x
JOIN v_total t ON t.run_id = x.run_id;

-- Of how many domains that can receive mail is the mailbox provider not known, and why: unknown (behind a gateway), limit (of more than 16
-- providers in one MX set the others), unsettled (which MX hosts take the mail is not, or who stands behind them)? With v_provider_share of mailboxes it is all of them.
CREATE VIEW v_mailbox_unknown AS
WITH missing AS (
  SELECT c.run_id, c.domains, 10000 - min(ifnull(l.mailbox, 0), 10000) AS share, ifnull(l.gateway, 0) AS gateway,
         k.mailbox_settled AS settled, EXISTS (SELECT 1 FROM verdict_finding vf JOIN finding f ON f.code = vf.code WHERE vf.verdict_id = v.id AND f.name = 'providers_cut') AS cut
  FROM v_verdict_count c
  JOIN verdict v ON v.id = c.verdict_id
  JOIN v_verdict k ON k.verdict_id = c.verdict_id AND k.receives
  LEFT JOIN (SELECT vl.verdict_id, sum(vl.share * (ro.name = 'mailbox')) AS mailbox, sum(vl.share * (ro.name = 'gateway')) AS gateway
             FROM verdict_label vl JOIN role ro ON ro.id = vl.role GROUP BY vl.verdict_id) l ON l.verdict_id = v.id)
SELECT run_id, why, sum(domains * share / 10000.0) AS domains
FROM (SELECT run_id, 'unknown' AS why, domains, min(share, gateway) AS share FROM missing WHERE settled
      UNION ALL SELECT run_id, iif(cut, 'limit', 'unsettled'), domains, share - min(share, gateway) FROM missing WHERE settled
      UNION ALL SELECT run_id, 'unsettled', domains, share FROM missing WHERE NOT settled)
WHERE share > 0
GROUP BY run_id, why;

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

-- Which findings do the customers of each provider have?
CREATE VIEW v_matrix AS
SELECT c.run_id, ro.name AS role, p.name AS provider, f.name AS finding, se.name AS severity,
       sum(c.domains * l.share / 10000.0) AS domains, f.severity AS weight
FROM v_verdict_count c
JOIN verdict v ON v.id = c.verdict_id
JOIN state st ON st.id = v.state AND st.receives
JOIN verdict_label l ON l.verdict_id = c.verdict_id
JOIN verdict_finding vf ON vf.verdict_id = c.verdict_id
JOIN finding f ON f.code = vf.code
JOIN severity se ON se.id = f.severity
JOIN role ro ON ro.id = l.role AND ro.name <> 'backup'
JOIN provider p ON p.id = l.provider_id
GROUP BY c.run_id, l.role, l.provider_id, f.code;

-- What is each operator that the rules name: of which kind, with its seat in which country (as most of its rules have it), by how many
-- rules, and how many of them name a page where a reader can check them?
CREATE VIEW v_operator AS
SELECT provider, kind, country, rules, pages FROM (
  SELECT provider, kind, country, sum(n) OVER (PARTITION BY provider) AS rules, sum(p) OVER (PARTITION BY provider) AS pages,
         row_number() OVER (PARTITION BY provider ORDER BY n DESC, kind, country) AS place
  FROM (SELECT provider, kind, nullif(nullif(country, '-'), '') AS country, count(*) AS n, sum(source LIKE '%://%') AS p FROM rule
        GROUP BY provider, kind, 3))
WHERE place = 1;

-- In which country is the seat of each operator that the rules name: the one that most of its rules have?
CREATE VIEW v_seat AS
SELECT provider, min(country) AS country FROM (
  SELECT provider, country, row_number() OVER (PARTITION BY provider ORDER BY count(*) DESC, country) AS place FROM rule WHERE country <> ''
  GROUP BY provider, country)
WHERE place = 1 GROUP BY provider;

-- Under the law of which country are those who hold, filter and back up the mail? By the seat of the operator, as the rules have it (the
-- country most of them name); NULL where no rule names the operator.
CREATE VIEW v_jurisdiction AS
WITH seat AS MATERIALIZED (SELECT provider, min(country) AS country FROM v_seat GROUP BY provider) -- grouped: that is found by an index
SELECT s.run_id, s.role, CASE s.provider WHEN 'self' THEN 'self-hosted' ELSE t.country END AS country, sum(s.domains) AS domains,
       sum(s.share) AS share
FROM v_provider_share s
LEFT JOIN seat t ON t.provider = s.provider
GROUP BY s.run_id, s.role, 3;
