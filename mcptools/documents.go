package mcptools

import (
	"context"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer"
)

// Documenter describes what a capture shows. All methods may be called at once from any goroutine.
type Documenter interface {
	// Document infers the description of some hosts. It never writes to the capture.
	Document(ctx context.Context, r DocumentRequest) (DocumentResult, error)
	// Explain says why the description has what it has for the operation of a method and a path, which is a
	// template or one that was requested. An error says, in words for people, that there is none.
	Explain(ctx context.Context, r DocumentRequest, method, path string) (*infer.Explanation, error)
}

// DocumentRequest says what to describe.
type DocumentRequest struct {
	// Hosts are authorities as flows have them; more than one are described as one API. Empty: all.
	Hosts []string
	// Limit, unless 0, rests the description on the newest so many flows of these hosts alone.
	Limit int
	// Version of OpenAPI, "3.0" or "3.1"; "" is 3.1.
	Version string
	// Wait is how long to wait while flows are learnt from, and FirstWait for as long as nothing was ready to
	// be shown; 0 is without end. After that the error is *NotReady.
	Wait, FirstWait time.Duration
}

// NotReady says that what was asked for is being worked out: asked again, it will be there, or later.
type NotReady struct {
	Read int64 // flows that were read so far
}

func (e *NotReady) Error() string { return "the API is still being learnt from the traffic" }

// DocumentResult is a description, decided and written down. The caller changes neither.
type DocumentResult struct {
	Decided infer.Document
	OpenAPI *openapi3.T
	// Note says in words for people what is special about this description; "" when nothing is.
	Note string
}
