package trial

import (
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// MethodPlay plays a Scene from its beginning, with a clock of its own; it leaves
// nothing behind. It answers Played.
const MethodPlay = "play"

// A Scene is a broker, its actors and what happens, step by step. What Setup does
// is in Played.Start and not among its events.
type Scene struct {
	Broker   string           `json:"broker"`
	Services []string         `json:"services,omitempty"`
	Setup    []brokers.Action `json:"setup"`
	Steps    []brokers.Action `json:"steps"`
	Events   int              `json:"events"` // at most so many
}

// Played is what came of a scene.
type Played struct {
	Start  brokers.State   `json:"start"`
	Events []brokers.Event `json:"events"`
	End    brokers.State   `json:"end"`
	After  []uint64        `json:"after"` // for each step the newest event when it was over
	Began  time.Duration   `json:"began"` // when Start was drawn, by the scene's clock
	Ended  time.Duration   `json:"ended"` // when End was
	Wrong  *WrongStep      `json:"wrong,omitempty"`
}

// A WrongStep is the step that could not be done; those after it were not tried.
type WrongStep struct {
	Setup bool   `json:"setup,omitempty"`
	Step  int    `json:"step"` // from 0
	Why   string `json:"why"`
	// Code says the same of a step that is right but cannot be done now: Who is there
	// already, runs already (up), does not run (down), holds nothing (empty), or has
	// done all its work (worked).
	Code string `json:"code,omitempty"`
	Who  string `json:"who,omitempty"`
}
