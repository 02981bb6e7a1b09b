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
	// Answered means that the call may have the answer to a question about an earlier one.
	Answered bool

	progress *progress
}

// progress is the newest progress that was sent to the client. MCP demands that it increases.
type progress struct {
	mu sync.Mutex // guards all below
	n  int64
	at time.Time
}

// NewCall returns a call.
func NewCall(name string, params mcp.CallToolParams, raw json.RawMessage, end time.Time) *Call {
	return &Call{Tool: name, Params: params, Raw: raw, End: end, progress: &progress{}}
}

// Advance reports whether n is more than the progress sent so far, and records it if so.
func (c *Call) Advance(n int64) bool {
	c.progress.mu.Lock()
	defer c.progress.mu.Unlock()
	if n <= c.progress.n {
		return false
	}
	c.progress.n, c.progress.at = n, time.Now()
	return true
}

// Step returns the progress sent so far plus one, and records it. It returns false if the last
// progress was sent less than pause ago.
func (c *Call) Step(pause time.Duration) (int64, bool) {
	c.progress.mu.Lock()
	defer c.progress.mu.Unlock()
	if time.Since(c.progress.at) < pause {
		return 0, false
	}
	c.progress.n++
	c.progress.at = time.Now()
	return c.progress.n, true
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
