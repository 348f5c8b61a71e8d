-- migrate: no-transaction (an index is built concurrently)
-- A migration as they go wrong: it changes data, commits that, and then meets a table that is not there.
UPDATE images SET title = upper(title);

ALTER TABLE images ADD COLUMN licence text NOT NULL DEFAULT 'all rights reserved';

UPDATE images SET licence = l.name FROM licences l WHERE l.media_type = images.media_type;

CREATE INDEX CONCURRENTLY images_by_licence ON images (licence);
