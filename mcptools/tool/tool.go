// Package tool defines MCP tools: parameters and arguments, effects, results and errors.
//
// A [Tool] is independent of the MCP library, except that [Success] and [Failure] build the
// library's results. Arguments are checked against the parameters before a tool runs. Results carry
// structured content that conforms to the tool's output schema, and the same as lines of text (see
// package lines); text that contains captured traffic is fenced (see [Untrusted]).
//
// Read tool.go first.
package tool

import (
	"context"
	"maps"
)

// Tool is one tool.
type Tool struct {
	Name, Title string
	Doc         string // the description that the model reads
	Params      []Param
	Output      Members // of results
	Effect      Effect
	// Patience multiplies the time that a call may take; 0 is 1.
	Patience int
	// Run answers a call. Its result has the members of Output. It may fail with an *[Error].
	Run func(ctx context.Context, a Args) (any, error)
	// Prepare, unless nil, replaces Run: it returns what a call would do. It has no effect.
	Prepare func(ctx context.Context, a Args) (Prepared, error)
}

// Prepared is a call that is ready to take effect.
type Prepared struct {
	What  string   // completes the sentence "TOOL would "
	Holds bool     // it waits for a confirmation
	Bound []string // what a consent is valid for besides the arguments
	// Run does what the call would do. once means that somebody has agreed to it, once.
	Run func(ctx context.Context, once bool) (any, error)
}

// New returns a tool whose results have type T.
func New[T any](name, title, doc string, params []Param, run func(context.Context, Args) (T, error)) Tool {
	return Tool{
		Name: name, Title: title, Doc: doc, Params: params, Output: membersOf[T](),
		Run: func(ctx context.Context, a Args) (any, error) { return run(ctx, a) },
	}
}

// NewPrepared returns a tool whose calls are decided on once it is known what they would do.
// Results have type T.
func NewPrepared[T any](name, title, doc string, params []Param, prepare func(context.Context, Args) (Prepared, error)) Tool {
	return Tool{Name: name, Title: title, Doc: doc, Params: params, Output: membersOf[T](), Prepare: prepare}
}

// Effect is what a tool does in addition to answering. Clients decide by it whether to ask the
// user. The zero value is a tool that only reads.
type Effect struct {
	Changes    bool // it changes something
	Destroys   bool // it may delete or overwrite something
	Idempotent bool // repeating a call changes nothing more
	Sends      bool // it communicates with other systems
}

// WithEffect returns t with an effect. It sets Changes.
func (t Tool) WithEffect(e Effect) Tool {
	t.Effect = e
	t.Effect.Changes = true
	return t
}

// Also returns t, some of whose results have type T. A member that both types have must be of one
// type.
func Also[T any](t Tool) Tool {
	t.Output = maps.Clone(t.Output)
	maps.Copy(t.Output, membersOf[T]())
	return t
}
