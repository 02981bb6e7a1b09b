package tool

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// Call is a running call.
type Call struct {
	Tool   string
	Params mcp.CallToolParams
	Raw    json.RawMessage // the arguments
	End    time.Time       // when the call should return what it has

	told *told
}

// told is the progress that the client was told. The protocol demands that it increases.
type told struct {
	mu sync.Mutex // guards all below
	n  int64
	at time.Time
}

// NewCall returns a call.
func NewCall(name string, params mcp.CallToolParams, raw json.RawMessage, end time.Time) *Call {
	return &Call{Tool: name, Params: params, Raw: raw, End: end, told: &told{}}
}

// Advance reports whether n is more progress than the client was told so far, and notes it.
func (c *Call) Advance(n int64) bool {
	c.told.mu.Lock()
	defer c.told.mu.Unlock()
	if n <= c.told.n {
		return false
	}
	c.told.n, c.told.at = n, time.Now()
	return true
}

// Step returns the least progress that is more than what the client was told so far, and notes it.
// It reports false if the client was told something less than pause ago.
func (c *Call) Step(pause time.Duration) (int64, bool) {
	c.told.mu.Lock()
	defer c.told.mu.Unlock()
	if time.Since(c.told.at) < pause {
		return 0, false
	}
	c.told.n++
	c.told.at = time.Now()
	return c.told.n, true
}

type callKey struct{}

// WithCall returns a context of a call.
func WithCall(ctx context.Context, c *Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallOf returns the call of a context; nil outside of a call.
func CallOf(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}
