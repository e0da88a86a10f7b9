// Package store keeps what students do: drafts with their revisions, attempts
// with their evidence, opened hints, progress and settings. It is SQLite in one
// file, and each query stands in full in the function that runs it.
//
// Read it in this order:
//
//	store.go     Open, Close, Ping, and the shape of the database
//	drafts.go    autosave: revisions, conflicts, snapshots, restoring
//	attempts.go  received, claimed under a lease, graded once
//	progress.go  pages read, labs passed, hints opened, settings
//	quizzes.go   answers to the questions of lessons
//	migrations/  the tables
//
// What was acknowledged survives a crash of the process and of the machine:
// the journal is a write-ahead log with synchronous=FULL.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"time"

	"github.com/mattn/go-sqlite3" // registers the driver "sqlite3", too
	"github.com/pressly/goose/v3"
)

// LocalUser owns everything in local mode, where nobody logs in.
const LocalUser int64 = 1

// ErrNotFound marks a row that is not there, or that belongs to someone else.
var ErrNotFound = errors.New("not found")

//go:embed migrations/*.sql
var migrations embed.FS

// A Store is one SQLite database. It is safe for use by many goroutines, and
// by several processes that opened the same file.
type Store struct {
	db  *sql.DB
	now func() time.Time
}

// A File is one file of a student's program, as the editor holds it.
type File struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Open opens the database at path, which it makes if there is none, and brings
// its tables up to date.
func Open(ctx context.Context, path string) (*Store, error) {
	// Immediate transactions take the write lock at once: a transaction that
	// reads first and writes later could otherwise fail in the middle.
	options := url.Values{
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_busy_timeout": {"30000"}, // of a disk that is busy, too
		"_foreign_keys": {"on"},
		"_txlock":       {"immediate"},
	}
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: options.Encode()}).String()
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, fmt.Errorf("open database %q: %w", path, err)
	}
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	s := &Store{db: db, now: time.Now}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %q: %w", path, err), db.Close())
	}
	return s, nil
}

// migrate runs the migrations that this database has not seen. When another
// process does the same at the same moment one of the two fails, and finds the
// work done, or further on, when it looks again.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	const tries = 5 // without any progress
	began, last := time.Now(), int64(-1)
	for try := 1; ; try++ {
		version := last
		provider, err := goose.NewProvider(goose.DialectSQLite3, s.db, files)
		if err == nil {
			if _, err = provider.Up(ctx); err == nil {
				return nil
			}
			version, _ = provider.GetDBVersion(ctx) // what it cannot say is no progress
		}
		busy := locked(err) && time.Since(began) < busyTime
		if version > last || busy {
			try, last = 0, max(version, last)
		}
		if try == tries {
			return fmt.Errorf("migrate: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// busyTime bounds how long a new database may be locked by others that make it, too:
// that is not always waited for in SQLite itself.
const busyTime = 30 * time.Second

// locked reports whether an error says that another has the database.
func locked(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}

// Ping reports whether the database answers and can be read.
func (s *Store) Ping(ctx context.Context) error {
	const query = `SELECT id FROM users WHERE id = ?`
	var id int64
	if err := s.db.QueryRowContext(ctx, query, LocalUser).Scan(&id); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}

// Close closes the database. Every acknowledged change is on disk already.
func (s *Store) Close() error { return s.db.Close() }

// millis is the form in which the database keeps a time.
func millis(t time.Time) int64 { return t.UnixMilli() }

// change runs fn in one transaction, which is undone when fn fails.
func (s *Store) change(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
