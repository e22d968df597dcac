ALTER TABLE insights DROP COLUMN folder;

ALTER TABLE dashboards DROP COLUMN folder;
