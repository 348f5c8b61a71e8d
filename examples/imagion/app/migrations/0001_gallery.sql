CREATE TABLE images (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title      text        NOT NULL CHECK (length(title) BETWEEN 1 AND 120),
  file       text        NOT NULL,
  thumbnail  text        NOT NULL,
  media_type text        NOT NULL,
  bytes      bigint      NOT NULL,
  width      integer     NOT NULL,
  height     integer     NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX images_by_age ON images (created_at DESC, id DESC);

INSERT INTO images (title, file, thumbnail, media_type, bytes, width, height) VALUES
  ('Harbour before sunrise', 'dawn.svg',  'dawn.svg',  'image/svg+xml', 0, 1200, 800),
  ('Mooring line',           'line.svg',  'line.svg',  'image/svg+xml', 0, 1200, 800),
  ('Night watch',            'night.svg', 'night.svg', 'image/svg+xml', 0, 1200, 800);
