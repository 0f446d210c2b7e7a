-- Some rows of the checks' word tables, for invented databases: a scan writes them from scanner/checks/registry.c.
INSERT INTO policy_column (id, name, path, option, host, empty, absent, csv, line) VALUES
  (0,'spf','auth.spf','auth',0,'null','no SPF','record',2),(1,'dmarc','auth.dmarc','auth',0,'null','no DMARC','record',2),
  (2,'dkim','auth.dkim','auth',0,'[]','no DKIM key known',NULL,2),(4,'mta_sts','transport.mta_sts','transport',0,'null','no MTA-STS','record',1),
  (5,'tls_rpt','transport.tls_rpt','transport',0,'null','no TLS reports','record',1),(6,'tlsa','transport.tlsa','transport',1,'null',NULL,'host',0);
INSERT INTO measure (id, name, title, option, receiving) VALUES (0,'spf','SPF','auth',0),(1,'spf_all','SPF ends in','auth',0),
  (2,'dmarc','DMARC','auth',0),(3,'dkim','DKIM key at a known selector','auth',0),(4,'bimi','BIMI','auth',0),(5,'mta_sts','MTA-STS','transport',0),
  (6,'tls_rpt','TLS reports','transport',0),(7,'dane','DANE','transport',1),(8,'posture','posture','auth',0);
INSERT INTO measure_word (measure_id, value, name, title, place) VALUES (0,0,'ok','valid',0),(0,1,'none','absent',1),(0,2,'permerror','permanent error',2),
  (1,45,'fail','-all (fail)',0),(2,0,'absent','absent',0),(2,1,'none','p=none',1),(2,2,'quarantine','p=quarantine',2),(2,3,'reject','p=reject',3),
  (2,4,'faulty','faulty',4),(3,0,'none','none found',0),(3,1,'found','found',1),(3,2,'faulty','faulty',2),(4,0,'absent','absent',0),
  (5,0,'absent','absent',0),(5,1,'published','published',1),(5,2,'faulty','faulty',2),(6,0,'absent','absent',0),(6,1,'published','published',1),
  (7,0,'none','absent',0),(7,1,'some','some MX hosts',1),(7,2,'all','every MX host',2),(7,3,'insecure','not validated',3),(7,4,'unusable','unusable',4),
  (8,0,'receives_sends','receives and sends',0),(8,1,'receives','receives, says nobody sends',1),(8,2,'sends','sends only',2),
  (8,3,'parked','parked, protected',3),(8,4,'unprotected','parked, can be forged',4);
