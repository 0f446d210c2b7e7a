-- What did each address of an MX host say when it was met under the MX host's name (check smtp)? tested: that name was sent; else what
-- is said of the certificate is only what holds for any name. The columns from banner on are those of the newest run.
CREATE VIEW v_server AS
SELECT r.id AS run_id, h.name AS host, a.address, o.name AS outcome, o.settled, s.code, t.name AS starttls, s.tls, s.cipher, s.name AS server_name,
       s.flags & 1 <> 0 AS masked, s.flags & 2 <> 0 AS injected, s.flags & 4 <> 0 AS tls_settled, s.tested,
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
