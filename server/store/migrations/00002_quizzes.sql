-- +goose Up

-- Each answer to a quiz of a lesson that could be graded. The hash is that of
-- the question as it was answered: an edit of the lesson changes no old result.
-- answer is JSON: {"options":[0,2]} or {"number":"2,5"}.
CREATE TABLE quiz_answers (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id   INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    quiz_id   TEXT    NOT NULL,
    quiz_hash TEXT    NOT NULL,
    answer    TEXT    NOT NULL,
    points    INTEGER NOT NULL CHECK (points BETWEEN 0 AND total),
    total     INTEGER NOT NULL CHECK (total > 0),
    at        INTEGER NOT NULL
) STRICT;

CREATE INDEX quiz_answers_of_quiz ON quiz_answers (user_id, quiz_id, id);
CREATE INDEX quiz_answers_of_user ON quiz_answers (user_id, id);

-- +goose Down
DROP TABLE quiz_answers;
