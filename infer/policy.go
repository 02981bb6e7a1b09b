package infer

import "github.com/spectap/spectap/infer/schema"

// Policy says how facts are read. The zero value is the default.
type Policy struct {
	// Hosts selects the authorities to describe as one API; empty: all of them. Hosts are never mixed but
	// through it.
	Hosts []string
	// Corrections are a person's.
	Corrections Corrections
	// Schema says how schemas are decided.
	Schema schema.Policy
}

// Thresholds of decisions about parameters and bodies, with their reasons in docs/inference.md.
const (
	// minRequiredQuery is how many requests must all have a query parameter before it is required.
	minRequiredQuery = 5
	// minRequiredValues is how many values it must have been given by then.
	minRequiredValues = 3
	// minRequiredBody is how many accepted requests must all have a body before it is required.
	minRequiredBody = 3
)
