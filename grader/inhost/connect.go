package inhost

import (
	"errors"
	"net/http"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/connect"
	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// A connectService is a worker of Kafka Connect beside the cluster. It reads the
// database and writes to the search index of the lab, if it has them.
type connectService struct{ worker *connect.Worker }

func newConnect(w *world) (service, error) {
	cfg := connect.Config{Clock: w.clock, Journal: w.journal, Sequencer: w.seq, Label: w.label}
	for _, b := range w.brokers {
		if k, ok := b.(interface{ Cluster() *model.Cluster }); ok {
			cfg.Cluster = k.Cluster()
		}
	}
	if cfg.Cluster == nil {
		return nil, errors.New("connect: this lab has no kafka")
	}
	for _, s := range w.services {
		switch s := s.(type) {
		case *database:
			cfg.Database = s
		case *search:
			cfg.Index = s
		}
	}
	return &connectService{connect.New(cfg)}, nil
}

func (c *connectService) name() string { return "connect" }

func (c *connectService) port() int { return connect.Port }

func (c *connectService) refuse(int) {}

func (c *connectService) place() brokers.Place { return c.worker.Place() }

// ServeHTTP answers one request of Connect's REST interface.
func (c *connectService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.worker.ServeHTTP(w, r)
}
