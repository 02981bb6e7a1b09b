package source

import (
	"context"
	"errors"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer"
)

// Documenter infers API descriptions from a capture. Its methods may be called from any goroutine.
type Documenter interface {
	// Document returns the description of some hosts. It never writes to the capture.
	Document(ctx context.Context, r DocumentRequest) (DocumentResult, error)
	// Explain returns the evidence for an operation. path is a template or a requested path. If
	// there is no such operation, the error says so in words for people.
	Explain(ctx context.Context, r DocumentRequest, method, path string) (*infer.Explanation, error)
	// Read returns the number of flows read so far while a description is being inferred.
	Read() int64
}

// DocumentRequest selects what to describe.
type DocumentRequest struct {
	// Hosts are authorities as in flows. Several hosts are described as one API. Empty: all.
	Hosts []string
	// OneAPI makes an empty Hosts the only host that has operations. With several, the error is
	// *SeveralHosts.
	OneAPI bool
	// Limit, unless 0, restricts the evidence to this number of the newest flows of the hosts.
	Limit int
	// Version is the version of OpenAPI, "3.0", "3.1" or "3.2"; "" is 3.1.
	Version string
	// Wait limits the time to wait until new flows are learned. 0 waits without a limit; Inferred
	// waits as long as the call may take at most. After that time the error is *NotReady.
	Wait time.Duration
}

// SeveralHosts is the error of a call that must name one of several APIs.
type SeveralHosts struct {
	Hosts []string // authorities, sorted
}

// Error implements error.
func (e *SeveralHosts) Error() string { return "the capture has several APIs" }

// NotReady is the error of a call whose result is still being computed. The caller may try again.
type NotReady struct {
	Read  int64 // flows read so far
	Flows int64 // flows in the capture
}

// Error implements error.
func (e *NotReady) Error() string { return "the API is still being learned from the traffic" }

// DocumentResult is a description, as decisions and as an OpenAPI document. The caller must modify
// neither.
type DocumentResult struct {
	Decided infer.Document
	OpenAPI *openapi3.T
	// Note is a remark for people about this description, or "".
	Note string
}

// Inferred returns the description that r selects, within the time of the call.
func (s *Source) Inferred(ctx context.Context, r DocumentRequest) (d DocumentResult, err error) {
	err = s.Learned(ctx, &r, func() error {
		d, err = s.Documents.Document(ctx, r)
		return err
	})
	return d, err
}

// Learned runs ask, which asks Documents with r, within the time of the call.
func (s *Source) Learned(ctx context.Context, r *DocumentRequest, ask func() error) error {
	if left := s.TimeLeft(ctx); r.Wait == 0 || r.Wait > left {
		r.Wait = left
	}
	defer s.Report(ctx, s.Documents.Read)()
	err := ask()
	if wait, ok := errors.AsType[*NotReady](err); ok {
		if st, statErr := s.Store.Stat(ctx); statErr == nil {
			wait.Flows = st.Flows
		}
	}
	return err
}
