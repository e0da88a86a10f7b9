-- +goose Up

-- Times are milliseconds since 1970, UTC. Files are a JSON list of {name, text}.

CREATE TABLE users (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    role       TEXT    NOT NULL CHECK (role IN ('student', 'instructor', 'admin')),
    created_at INTEGER NOT NULL
) STRICT;

-- In local mode everything belongs to the first user.
INSERT INTO users (id, name, role, created_at) VALUES (1, 'local', 'student', 0);

CREATE TABLE drafts (
    user_id  INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    lab_id   TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    files    TEXT    NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, lab_id)
) STRICT;

CREATE TABLE revisions (
    user_id  INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    lab_id   TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    files    TEXT    NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, lab_id, revision)
) STRICT;

CREATE TABLE snapshots (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    lab_id  TEXT    NOT NULL,
    files   TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;

CREATE INDEX snapshots_of_lab ON snapshots (user_id, lab_id, id);

-- An attempt is stored before it is graded, and its result is stored once:
-- only a row that is still 'received' may change its status.
CREATE TABLE attempts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    lab_id      TEXT    NOT NULL,
    lab_hash    TEXT    NOT NULL,
    seed        INTEGER NOT NULL,
    variant     TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    received_at INTEGER NOT NULL,
    status      TEXT    NOT NULL DEFAULT 'received' CHECK (status IN ('received', 'graded', 'fault')),
    finished_at INTEGER,
    score       INTEGER,
    points      INTEGER,
    passed      INTEGER,
    evidence    TEXT,
    fault       TEXT,
    lease_owner TEXT,
    lease_until INTEGER,
    tries       INTEGER NOT NULL DEFAULT 0,
    CHECK ((status = 'graded') = (evidence IS NOT NULL))
) STRICT;

CREATE INDEX attempts_waiting ON attempts (id) WHERE status = 'received';
CREATE INDEX attempts_of_lab ON attempts (user_id, lab_id, id);

CREATE TABLE hint_openings (
    user_id   INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    lab_id    TEXT    NOT NULL,
    task      INTEGER NOT NULL,
    tier      INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, lab_id, task, tier)
) STRICT;

CREATE TABLE page_progress (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    page_id TEXT    NOT NULL,
    state   TEXT    NOT NULL CHECK (state IN ('half', 'done')),
    at      INTEGER NOT NULL,
    PRIMARY KEY (user_id, page_id)
) STRICT;

CREATE TABLE settings (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key     TEXT    NOT NULL,
    value   TEXT    NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT;

-- +goose Down
DROP TABLE settings;
DROP TABLE page_progress;
DROP TABLE hint_openings;
DROP TABLE attempts;
DROP TABLE snapshots;
DROP TABLE revisions;
DROP TABLE drafts;
DROP TABLE users;
