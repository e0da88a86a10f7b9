package brokers

// MaxTokens is how many messages of a place a State names one by one; the
// counts cover the rest.
const MaxTokens = 32

// A State is a broker as a picture at one moment: places, the messages in them,
// and how messages flow between them. The page draws it and nothing else.
type State struct {
	Seq    uint64  `json:"seq"` // the newest event that the picture includes
	Places []Place `json:"places"`
	Flows  []Flow  `json:"flows"`
}

// A Place is somewhere a message can be.
type Place struct {
	ID       string         `json:"id"`   // unique in the State, the same from one State to the next
	Kind     string         `json:"kind"` // exchange, queue, consumer or service
	Name     string         `json:"name"`
	Ready    int            `json:"ready"`
	InFlight int            `json:"inFlight"`
	Done     int            `json:"done"`
	Dead     int            `json:"dead"`
	Tokens   []Token        `json:"tokens,omitempty"` // at most MaxTokens, oldest first
	Detail   map[string]any `json:"detail,omitempty"`
}

// A Token is one message, drawn as a colour and a shape.
type Token struct {
	Message uint64 `json:"message"`
	Label   string `json:"label,omitempty"`
	State   string `json:"state"` // ready, flight, done, dead or twice
}

// A Flow is a way from one place to another.
type Flow struct {
	From  string `json:"from"` // Place.ID
	To    string `json:"to"`
	Label string `json:"label,omitempty"` // binding key and the like
}
