-- +goose Up

-- What an attempt's lab ran on when it was submitted: miniatures, or real brokers in containers.
ALTER TABLE attempts ADD COLUMN backend TEXT NOT NULL DEFAULT 'miniature';

-- +goose Down
ALTER TABLE attempts DROP COLUMN backend;
