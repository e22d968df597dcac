-- Texts are lost.
DELETE FROM tiles WHERE insight_id IS NULL;

ALTER TABLE tiles DROP CONSTRAINT tiles_hold_one_thing;

ALTER TABLE tiles DROP COLUMN body;

ALTER TABLE tiles ALTER COLUMN insight_id SET NOT NULL;
