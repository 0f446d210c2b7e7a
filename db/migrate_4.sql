-- Schema 3 to 4. What servers said before has no name from the banner; which of their names speak for a provider is found when the runs are
-- judged again.
ALTER TABLE smtp_answer ADD COLUMN banner_name TEXT;
ALTER TABLE smtp_history ADD COLUMN banner_name TEXT;
CREATE TABLE server_signal (value TEXT PRIMARY KEY, provider TEXT NOT NULL, rule TEXT NOT NULL) STRICT, WITHOUT ROWID;
