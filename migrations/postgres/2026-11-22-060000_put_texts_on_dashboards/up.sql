-- A tile holds an insight or a text.
ALTER TABLE tiles ALTER COLUMN insight_id DROP NOT NULL;

ALTER TABLE tiles ADD COLUMN body TEXT COLLATE "C";

ALTER TABLE tiles ADD CONSTRAINT tiles_hold_one_thing CHECK ((insight_id IS NULL) <> (body IS NULL));
