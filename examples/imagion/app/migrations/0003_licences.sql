ALTER TABLE images ADD COLUMN licence text NOT NULL DEFAULT 'all rights reserved';

CREATE INDEX images_by_licence ON images (licence);

UPDATE images SET licence = 'CC0' WHERE media_type = 'image/svg+xml';
