package main

// An Event is something that a user did.
type Event struct {
	ID   string `json:"event"`
	User string `json:"user"`
	What string `json:"what"`
}

// Events returns the events of one minute, in the order in which they happened.
func Events() []Event {
	return []Event{
		{"1", "${a}", "basket filled"},
		{"2", "${b}", "basket filled"},
		{"3", "${c}", "address changed"},
		{"4", "${b}", "paid"},
		{"5", "${a}", "paid"},
		{"6", "${c}", "basket filled"},
		{"7", "${d}", "basket filled"},
		{"8", "${b}", "cancelled"},
		{"9", "${a}", "cancelled"},
		{"10", "${c}", "paid"},
		{"11", "${d}", "paid"},
		{"12", "${a}", "basket filled"},
		{"13", "${d}", "shipped"},
		{"14", "${c}", "shipped"},
	}
}
