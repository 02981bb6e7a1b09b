package infer

import (
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/infer/schema"
)

// Options configures decisions. The zero value is the default.
type Options struct {
	// Hosts selects the authorities to describe as one API. If it is empty, all are described as
	// one.
	Hosts []string
	// Corrections are those of a person.
	Corrections correction.Corrections
	// AllMethods admits operations with the methods that OpenAPI has since 3.2, such as PROPFIND.
	AllMethods bool
	// Schema configures decisions about schemas.
	Schema schema.Policy
}

// Thresholds of decisions about parameters and bodies. A parameter that is always true, or one of
// two words, is a habit of the client. So may be any that is sent while nothing around it varies.
const (
	// minRequiredQuery is how many requests show what a client chooses to send.
	minRequiredQuery = 5
	// minVaryingQuery is how many query parameters must come and go for others to be required.
	minVaryingQuery = 2
	// minAlwaysSent is how many requests must all have a parameter for the document to say so.
	minAlwaysSent = 5
	// minRequiredValues is how many distinct values a required query parameter must have had.
	minRequiredValues = 3
	// minRequiredBody is how many accepted requests must all have a body for it to be required.
	minRequiredBody = 3
)
