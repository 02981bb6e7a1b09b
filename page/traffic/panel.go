package traffic

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
)

// Redactor removes secrets. Its methods may be called from any goroutine.
type Redactor interface {
	// Flow returns f without secrets. It does not change what f points to.
	Flow(f flow.Flow) flow.Flow
	// Path, Query and Text redact the texts of rows, which have no others.
	Path(path string) string
	Query(raw string) string
	Text(s string) string
}

// Documents describes hosts. Its methods may be called from any goroutine, see
// [catalog.Background].
type Documents interface {
	Document(ctx context.Context, r catalog.Request, wait time.Duration) (*catalog.Document, error)
	Explain(ctx context.Context, r catalog.Request, wait time.Duration, method, path string) (*infer.Explanation, error)
}

// Config configures the panel. Store, Documents and Redact are required, except to declare the
// calls.
type Config struct {
	Store     store.Reader
	Documents Documents
	Redact    Redactor
	Version   string // of the program, for archives
	Recorder  Recorder
	// Log gets a line for each secret that is revealed; nil discards it.
	Log *slog.Logger
}

// panel answers the calls. It is safe for concurrent use.
type panel struct {
	Config
	operations *operations
}

// Panel returns the calls and feeds of the panel.
func Panel(c Config) wire.Panel {
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	p := &panel{c, newOperations(c.Store, c.Documents)}
	return wire.Panel{
		Name: "traffic",
		Calls: []wire.Call{
			wire.NewCall("language", p.language),
			wire.NewCall("checkFilter", p.checkFilter),
			wire.NewCall("recorder", p.recorder),
			wire.NewCall("rows", p.rows),
			wire.NewCall("flow", p.flow),
			wire.NewCall("body", p.body),
			wire.NewCall("answer", p.answer),
			wire.NewCall("messages", p.messages),
			wire.NewCall("reveal", p.reveal),
			wire.NewCall("revealBody", p.revealBody),
			wire.NewCall("trace", p.trace),
			wire.NewCall("operations", p.operations.list),
			wire.NewCall("assign", p.operations.assign),
			wire.NewCall("sessions", p.sessions),
			wire.NewCall("place", p.place),
			wire.NewCall("code", p.code),
			wire.NewCall("archive", p.archive),
			wire.NewCall("compare", p.compare),
		},
		Feeds: []wire.Feed{wire.NewFeed("flows", p.flows)},
	}
}

// parse parses a filter.
func parse(text string) (*filter.Filter, error) {
	where, err := filter.Parse(text, time.Now())
	if mistake, ok := errors.AsType[*filter.Error](err); ok {
		return nil, &wire.Error{Message: mistake.Problem, Column: mistake.Column, Try: "docs/filter.md describes the language"}
	}
	return where, err
}

// get returns the flow with a number, as it is.
func (p *panel) get(ctx context.Context, seq flow.Seq) (flow.Flow, error) {
	f, err := p.Store.Get(ctx, seq)
	if errors.Is(err, store.ErrNotFound) {
		return f, &wire.Error{Message: "this flow is no longer in the store", NotFound: true}
	}
	return f, err
}
