// Package source is the capture as the tools read it: flows without secrets, hosts, inferred
// documents, searches, and the time that a call may take.
//
// [Source] is the state that the groups of tools share. It cannot write to the capture. Its methods
// may be called from any goroutine.
//
// Read source.go first.
package source

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/store"
)

// Redactor removes secrets.
type Redactor interface {
	// Flow returns f without secrets. It must not change what f points to. It omits or masks text
	// that it cannot read.
	Flow(f flow.Flow) flow.Flow
	// Text returns s without the secrets that have a recognizable shape.
	Text(s string) string
}

// Config configures a [Source].
type Config struct {
	Store     store.Reader  // holds the capture. Required.
	Documents Documenter    // infers API descriptions from it. Required.
	Redact    Redactor      // removes secrets from all output. Required.
	Log       *slog.Logger  // gets no captured text. Required.
	Wait      time.Duration // limits the time of a call; 0: 5 s
	// Observer, unless nil, sees each flow that the index covers.
	Observer search.Observer
}

// Source is the capture as the tools read it.
type Source struct {
	Config
	Index *search.Index

	life  context.Context // ends the searches in the background
	large chan struct{}   // has an element for each large flow that is redacted
}

// Life returns the context of work that outlives a call.
func (s *Source) Life() context.Context { return s.life }

// New returns a source. life ends its work in the background.
func New(life context.Context, c Config) *Source {
	s := &Source{Config: c, life: life, large: make(chan struct{}, maxLarge)}
	s.Index = s.NewIndex()
	return s
}

// NewIndex returns an empty index of the store.
func (s *Source) NewIndex() *search.Index {
	return search.New(s.life, search.Config{
		Store: s.Store, Redactor: s.Redact, Observer: s.Observer,
		Texts: func(f *flow.Flow) iter.Seq[string] {
			return func(yield func(string) bool) {
				for _, t := range view.Texts(f) {
					for form := range t.Forms() {
						if !yield(form) {
							return
						}
					}
				}
			}
		},
		Failed: func(id flow.Seq, panicked any) {
			s.Log.Error("flow not indexed", "flow", uint64(id), "panic", s.HideSecrets(fmt.Errorf("%v", panicked)))
		},
	})
}

// HideSecrets returns the text of an error without secrets. Errors may quote captured text, or text
// of the caller.
func (s *Source) HideSecrets(err error) string { return s.RedactText(err.Error()) }

// RedactText returns a text of the caller, or one that may quote it, without secrets. Their
// placeholders have no digits.
func (s *Source) RedactText(text string) string {
	return view.Visible(placeholder.RemoveDigits(s.Redact.Text(text)))
}

// ToolError returns err as the error of a tool. The texts of unknown errors stay in the log,
// because they may quote traffic.
func ToolError(err error) *tool.Error {
	var te *tool.Error
	var wait *NotReady
	switch {
	case errors.As(err, &te):
		return te
	case errors.As(err, &wait):
		return tool.Errorf(tool.CodeNotReady, "repeat the call: it continues, and the flows read so far are not read again",
			"%s: %d flows read so far, at most %d remain", wait.Error(), wait.Read, max(wait.Flows-wait.Read, 0))
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return tool.Errorf(tool.CodeCancelled, "", "the call was cancelled")
	case errors.Is(err, store.ErrNotFound):
		return tool.Errorf(tool.CodeFlowNotFound, "get_traffic_summary lists the flows", "the capture has no flow of this number")
	case errors.Is(err, store.ErrCorrupt):
		return tool.Errorf(tool.CodeUnreadable, "", "a record of the capture is corrupt")
	}
	return tool.Errorf(tool.CodeInternal, "the server's log has the reason", "the tool failed because of a defect")
}
