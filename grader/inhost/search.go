package inhost

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// searchPort is where programs find the search index.
const searchPort = 8093

// maxDocuments bounds what all indexes hold together.
const maxDocuments = 10_000

// A search is a search index: documents by id, in indexes that are made by writing to them.
//
//	PUT    /articles/_doc/1 {…}          201, or 200 in place of one that is there
//	POST   /articles/_doc {…}            201, under an id that the index makes up
//	GET    /articles/_doc/1              200 {"_id":…,"_source":{…}} or 404
//	DELETE /articles/_doc/1              200 or 404
//	GET    /articles/_search?title=…     200 {"hits":[{"_id":…,"_source":{…}},…]}
//
// A field that the lab gives a type is refused with 400 when it is of another. Its
// methods run inside the sequencer, so it has no lock.
type search struct {
	world   *world
	types   map[string]string // of fields, by name
	indexes map[string]map[string]json.RawMessage
	held    holdings
	count   int
	made    int // ids made up
	writes  int
	refused int
}

func newSearch(w *world) (service, error) {
	s := &search{world: w, indexes: make(map[string]map[string]json.RawMessage)}
	var settings struct {
		Types map[string]string `json:"types"`
	}
	err := w.settings(s.name(), &settings)
	s.types = settings.Types
	return s, err
}

func (s *search) name() string { return "search" }

func (s *search) port() int { return searchPort }

// refuse has the nth write that comes over HTTP answered with 503.
func (s *search) refuse(nth int) { s.refused = nth }

// Put stores a document; an empty id has one made up.
func (s *search) Put(index, id string, document []byte) error {
	_, _, err := s.put(index, id, document)
	return err
}

func (s *search) put(index, id string, document []byte) (string, bool, error) {
	var fields map[string]any
	if err := json.Unmarshal(document, &fields); err != nil || fields == nil {
		return "", false, fmt.Errorf("mapper_parsing_exception: a document must be a JSON object")
	}
	if index == "" || len(index) > 255 || len(id) > 512 {
		return "", false, fmt.Errorf("invalid_index_name_exception: an index of %d bytes and an id of %d, want at most 255 and 512", len(index), len(id))
	}
	label := s.world.label(document)
	if err := s.suits(fields); err != nil {
		s.world.journal.Append(brokers.Event{
			Kind: brokers.Refused, Source: s.name(), Place: index, Key: id, Label: label, Message: s.world.numberOf(label), Reason: err.Error(),
		})
		return "", false, err
	}
	if id == "" {
		s.made++
		id = "auto-" + strconv.Itoa(s.made)
	}
	_, before := s.indexes[index][id]
	if !before && s.count >= maxDocuments || !s.world.journal.Room() {
		s.world.overQuota("documents")
		return "", false, fmt.Errorf("quota: this lab holds at most %d documents", maxDocuments)
	}
	if s.indexes[index] == nil {
		s.indexes[index] = make(map[string]json.RawMessage)
	}
	if !before {
		s.count++
	}
	s.indexes[index][id] = slices.Clone(document)
	s.held.put(index, id, label)
	s.world.journal.Append(brokers.Event{
		Kind: brokers.Effect, Source: s.name(), Place: index, Key: id, Label: label, Message: s.world.numberOf(label),
		Reason: "put", Redelivered: before, Detail: detailOf(fields),
	})
	return id, before, nil
}

// suits checks the fields that have a type.
func (s *search) suits(fields map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(s.types)) {
		v := fields[name]
		ok := v == nil
		switch x := v.(type) {
		case float64:
			ok = s.types[name] == "number"
		case string:
			_, err := time.Parse(time.DateOnly, x)
			ok = s.types[name] == "text" || s.types[name] == "date" && err == nil
		case bool:
			ok = s.types[name] == "bool"
		}
		if !ok {
			return fmt.Errorf("mapper_parsing_exception: failed to parse field [%s] of type [%s]", name, s.types[name])
		}
	}
	return nil
}

// Delete removes a document, if it is there.
func (s *search) Delete(index, id string) error {
	document, ok := s.indexes[index][id]
	if !ok {
		return nil
	}
	label := s.world.label(document)
	delete(s.indexes[index], id)
	s.held.remove(index, id)
	s.count--
	s.world.journal.Append(brokers.Event{
		Kind: brokers.Effect, Source: s.name(), Place: index, Key: id, Label: label, Message: s.world.numberOf(label), Reason: "delete",
	})
	return nil
}

// place draws the index: its documents.
func (s *search) place() brokers.Place { return s.held.draw(s.name(), s.world.numberOf) }

// A hit is a document as answers have it.
type hit struct {
	Index  string          `json:"_index"`
	ID     string          `json:"_id"`
	Source json.RawMessage `json:"_source,omitempty"`
	Result string          `json:"result,omitempty"` // created, updated or deleted
}

// ServeHTTP answers one request.
func (s *search) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) == 2 && parts[1] == "_search" && r.Method == http.MethodGet:
		s.find(w, r, parts[0])
	case len(parts) == 2 && parts[1] == "_doc" && r.Method == http.MethodPost:
		s.write(w, r, parts[0], "")
	case len(parts) == 3 && parts[1] == "_doc" && parts[2] != "":
		s.document(w, r, parts[0], parts[2])
	default:
		problem(w, http.StatusNotFound, "want /<index>/_doc/<id>, POST /<index>/_doc or GET /<index>/_search?<field>=<value>")
	}
}

func (s *search) document(w http.ResponseWriter, r *http.Request, index, id string) {
	document, there := s.indexes[index][id]
	switch {
	case r.Method == http.MethodPut:
		s.write(w, r, index, id)
	case r.Method != http.MethodGet && r.Method != http.MethodDelete:
		problem(w, http.StatusMethodNotAllowed, "want GET, PUT or DELETE")
	case !there:
		problem(w, http.StatusNotFound, "index "+strconv.Quote(index)+" has no document "+strconv.Quote(id))
	case r.Method == http.MethodGet:
		answer(w, http.StatusOK, hit{Index: index, ID: id, Source: document})
	default:
		_ = s.Delete(index, id) // never fails
		answer(w, http.StatusOK, hit{Index: index, ID: id, Result: "deleted"})
	}
}

func (s *search) write(w http.ResponseWriter, r *http.Request, index, id string) {
	if s.writes++; s.writes == s.refused {
		s.world.journal.Append(brokers.Event{Kind: brokers.Refused, Source: s.name(), Place: index, Key: id, Reason: serviceRefusal})
		problem(w, http.StatusServiceUnavailable, "nothing was written; try again later")
		return
	}
	body, err := io.ReadAll(r.Body) // from memory
	if err == nil {
		var before bool
		if id, before, err = s.put(index, id, body); err == nil {
			code, result := http.StatusCreated, "created"
			if before {
				code, result = http.StatusOK, "updated"
			}
			answer(w, code, hit{Index: index, ID: id, Result: result})
			return
		}
	}
	problem(w, http.StatusBadRequest, err.Error())
}

// find answers with the documents whose fields have the values of the query.
func (s *search) find(w http.ResponseWriter, r *http.Request, index string) {
	hits := []hit{}
	for _, id := range slices.Sorted(maps.Keys(s.indexes[index])) {
		var fields map[string]any
		_ = json.Unmarshal(s.indexes[index][id], &fields) // put has read it
		keep := true
		for name, values := range r.URL.Query() {
			v, ok := fields[name]
			keep = keep && ok && fmt.Sprint(v) == values[0]
		}
		if keep {
			hits = append(hits, hit{Index: index, ID: id, Source: s.indexes[index][id]})
		}
	}
	answer(w, http.StatusOK, map[string]any{"total": len(hits), "hits": hits})
}
