-- When an action was pinned, and the query (JSON, mostly null) whose actors a static cohort was made of.

ALTER TABLE actions ADD COLUMN pinned_at TIMESTAMP;

ALTER TABLE cohorts ADD COLUMN query TEXT NOT NULL DEFAULT 'null';
