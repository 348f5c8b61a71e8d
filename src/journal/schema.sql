-- SPDX-License-Identifier: Apache-2.0
-- The journal: facts that are only ever added. What is true now is the newest fact.
-- Each part below a "migration" line runs once, in a transaction of its own, and is then a row of
-- the table `migration`. A part that was released is never edited: add another one below it.
-- Each table gets triggers that refuse UPDATE and DELETE (schema.cpp).

-- migration 001-start

-- One life of a stack: from its first deployment until nothing of it is left.
CREATE TABLE stack (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  opened TEXT NOT NULL
) STRICT;
CREATE INDEX stack_name ON stack (name);

CREATE TABLE stack_end (
  stack INTEGER PRIMARY KEY REFERENCES stack (id),
  at TEXT NOT NULL
) STRICT;

-- The folder and the files that the stack remembers; lists are JSON arrays.
CREATE TABLE inputs (
  id INTEGER PRIMARY KEY,
  stack INTEGER NOT NULL REFERENCES stack (id),
  at TEXT NOT NULL,
  working_dir TEXT NOT NULL,
  files TEXT NOT NULL,
  env_files TEXT NOT NULL,
  profiles TEXT NOT NULL
) STRICT;
CREATE INDEX inputs_stack ON inputs (stack);

CREATE TABLE volume (
  id INTEGER PRIMARY KEY,
  stack INTEGER NOT NULL REFERENCES stack (id),
  name TEXT NOT NULL,
  at TEXT NOT NULL,
  UNIQUE (stack, name)
) STRICT;

-- AUTOINCREMENT: a number is never given twice, it is part of names on the engine.
CREATE TABLE deployment (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  stack INTEGER NOT NULL REFERENCES stack (id),
  started TEXT NOT NULL,
  user TEXT NOT NULL,
  plan_hash TEXT NOT NULL
) STRICT;
CREATE INDEX deployment_stack ON deployment (stack);

CREATE TABLE deployment_state (
  id INTEGER PRIMARY KEY,
  deployment INTEGER NOT NULL REFERENCES deployment (number),
  state TEXT NOT NULL,
  at TEXT NOT NULL,
  error TEXT NOT NULL
) STRICT;
CREATE INDEX deployment_state_deployment ON deployment_state (deployment);

-- What a step is about to do; `facts` is the JSON that its undo needs.
CREATE TABLE step_intent (
  id INTEGER PRIMARY KEY,
  deployment INTEGER NOT NULL REFERENCES deployment (number),
  step TEXT NOT NULL,
  kind TEXT NOT NULL,
  cause TEXT NOT NULL,
  facts TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX step_intent_deployment ON step_intent (deployment, step);

CREATE TABLE step_outcome (
  id INTEGER PRIMARY KEY,
  intent INTEGER NOT NULL REFERENCES step_intent (id),
  outcome TEXT NOT NULL CHECK (outcome IN ('done', 'failed', 'undone')),
  result TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX step_outcome_intent ON step_outcome (intent);

-- Numbered per name: numbers go on when a stack of that name begins a new life.
CREATE TABLE release (
  id INTEGER PRIMARY KEY,
  stack_name TEXT NOT NULL,
  number INTEGER NOT NULL,
  deployment INTEGER NOT NULL UNIQUE REFERENCES deployment (number),
  created TEXT NOT NULL,
  user TEXT NOT NULL,
  duration_ms INTEGER NOT NULL,
  git_revision TEXT NOT NULL,
  cause TEXT NOT NULL,
  UNIQUE (stack_name, number)
) STRICT;

CREATE TABLE release_service (
  release INTEGER NOT NULL REFERENCES release (id),
  service TEXT NOT NULL,
  image_ref TEXT NOT NULL,
  image_id TEXT NOT NULL,
  config_hash TEXT NOT NULL,
  content_digest TEXT NOT NULL,
  PRIMARY KEY (release, service)
) STRICT;

CREATE TABLE one_shot (
  id INTEGER PRIMARY KEY,
  deployment INTEGER NOT NULL REFERENCES deployment (number),
  service TEXT NOT NULL,
  image_id TEXT NOT NULL,
  model_hash TEXT NOT NULL
) STRICT;
CREATE INDEX one_shot_deployment ON one_shot (deployment);

-- migration 002-identity

-- Who this journal is: a stack belongs to one journal (its claim on the engine names it).
CREATE TABLE identity (id TEXT NOT NULL PRIMARY KEY) STRICT;
INSERT INTO identity (id) VALUES (lower(hex(randomblob(16))));

-- migration 003-releases

-- The release that was deployed again (0: none), and the digest of its sealed inputs.
ALTER TABLE release ADD COLUMN origin INTEGER NOT NULL DEFAULT 0;
ALTER TABLE release ADD COLUMN inputs_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE one_shot ADD COLUMN migration INTEGER NOT NULL DEFAULT 0 CHECK (migration IN (0, 1));

-- migration 004-data

-- The deployment that had set aside the data which this release went back to (0: data stayed).
ALTER TABLE release ADD COLUMN data_before INTEGER NOT NULL DEFAULT 0;
