ALTER TABLE cohorts DROP COLUMN query;

ALTER TABLE actions DROP COLUMN pinned_at;
