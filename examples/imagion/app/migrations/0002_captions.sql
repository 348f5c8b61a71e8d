-- Only adds: the version before can go on working while this is there.
ALTER TABLE images ADD COLUMN caption text NOT NULL DEFAULT '';
