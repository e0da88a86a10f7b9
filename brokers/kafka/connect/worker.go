package connect

import (
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// Port is where the REST interface is reached.
const Port = 8083

// Client is what the journal calls the worker's connections.
const Client = "connect"

const (
	// flushInterval is the worker's offset.flush.interval.ms.
	flushInterval = 5 * time.Second
	// maxConnectors bounds what one worker runs.
	maxConnectors = 20
	// maxTasks bounds the tasks of one connector.
	maxTasks = 8
	// decodedLimit is to how many bytes a batch may decompress.
	decodedLimit = 16 << 20
)

// Config is what a Worker works with.
type Config struct {
	Clock     brokers.Clock
	Journal   *brokers.Journal
	Sequencer *brokers.Sequencer
	Cluster   *model.Cluster
	Label     func(value []byte) string // what the lab calls a record; nil: nothing
	Database  Database                  // nil: there is none
	Index     Index                     // nil: there is none
}

// A Database is what a source reads. It is asked inside the sequencer.
type Database interface {
	// Tables are the names of all tables, in order.
	Tables() []string
	// Columns of a table, in order; nil if there is no such table.
	Columns(table string) []Column
	// Rows are the committed rows of a table, in any order. Values are nil, bool, int64,
	// float64, string and time.Time.
	Rows(table string) []map[string]any
}

// A Column of a table.
type Column struct {
	Name string
	Type string // int, number, text, bool or timestamp
}

// An Index is where a sink writes. It is called inside the sequencer. An error says why
// it refuses a document.
type Index interface {
	// Put stores a document under an id, in place of one that is there. An empty id has
	// the index make one up.
	Put(index, id string, document []byte) error
	// Delete removes a document; that there is none is no error.
	Delete(index, id string) error
}

// A Worker runs connectors. All of its methods are called inside the sequencer.
type Worker struct {
	cfg        Config
	intake     model.Intake
	up         bool
	life       int // counts starts: what an earlier life has begun is not gone on with
	connectors map[string]*connector
	roundRobin int // where the next record without a key goes
}

// New returns a worker that has been started, with no connector.
func New(cfg Config) *Worker {
	if cfg.Label == nil {
		cfg.Label = func([]byte) string { return "" }
	}
	w := &Worker{cfg: cfg, connectors: make(map[string]*connector)}
	w.intake = model.Intake{Limit: decodedLimit, Label: cfg.Label}
	w.up, w.life = true, 1
	return w
}

// Kill ends the worker as a crash of its process does: what it had in memory is gone,
// and nobody is told.
func (w *Worker) Kill() {
	w.up = false
	w.life++
	for _, c := range w.inOrder() {
		c.forget()
	}
	clear(w.connectors)
}

// Start starts a worker that was killed. It reads its connectors from the topic in which
// they are kept; they go on from the offsets that were stored.
func (w *Worker) Start() {
	if w.up {
		return
	}
	w.up = true
	w.load()
}

// Running reports whether the worker has not been killed.
func (w *Worker) Running() bool { return w.up }

// live reports, between two parts of a step, whether the life that took it goes on: a
// fault may have fallen at the first part.
func (w *Worker) live(life int) bool {
	w.cfg.Sequencer.Live(nil)
	return w.up && w.life == life
}

// after takes a step d from now, unless the worker has died until then.
func (w *Worker) after(d time.Duration, step func()) brokers.Timer {
	life := w.life
	return w.cfg.Clock.AfterFunc(d, func() {
		w.cfg.Sequencer.Do(func() {
			if w.up && w.life == life {
				step()
			}
		})
	})
}

// record appends to the journal.
func (w *Worker) record(e brokers.Event) {
	e.Source = "connect"
	w.cfg.Journal.Append(e)
}
