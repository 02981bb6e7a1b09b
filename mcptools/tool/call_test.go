package tool

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// TestProgressIncreases checks that a client is told more with each notification, and nothing too
// soon after another.
func TestProgressIncreases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCall("show", mcp.CallToolParams{}, nil, time.Time{})
		if CallOf(WithCall(t.Context(), c)) != c || CallOf(t.Context()) != nil {
			t.Error("a context has another call")
		}
		if c.Advance(0) || !c.Advance(5) || c.Advance(5) || c.Advance(4) || !c.Advance(6) {
			t.Error("progress that is no more was told, or more was not")
		}
		const pause = time.Second
		if n, ok := c.Step(pause); ok {
			t.Errorf("told %d at once", n)
		}
		time.Sleep(pause - time.Millisecond)
		if n, ok := c.Step(pause); ok {
			t.Errorf("told %d too soon", n)
		}
		time.Sleep(time.Millisecond)
		if n, ok := c.Step(pause); !ok || n != 7 {
			t.Errorf("%d, %t after the pause", n, ok)
		}
		if n, ok := c.Step(pause); ok {
			t.Errorf("told %d at once", n)
		}
		if c.Advance(7) || !c.Advance(8) {
			t.Error("a step is no progress")
		}
	})
}
