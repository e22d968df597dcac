-- What a project's queries go by besides its time zone: filters against its own staff, rules for cleaning paths, and the like; JSON.

ALTER TABLE projects ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
