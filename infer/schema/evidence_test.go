package schema

import ()

// evidence is traffic that is just enough for a decision, or just not enough.
type evidence struct {
	name   string
	bodies []string // "3× " before a body stands for three exchanges
	want   string
}
