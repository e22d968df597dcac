-- The folder that something was made in; null where nobody chose one.
ALTER TABLE insights ADD COLUMN folder TEXT;

ALTER TABLE dashboards ADD COLUMN folder TEXT;
