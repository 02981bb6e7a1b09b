package gateway

import (
	"context"
	"net/http"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/spectap/spectap/internal/cli"
	"github.com/spectap/spectap/mcp/front"
)

// processors lets a program run on one processor while few requests are in progress. With more
// processors, each change from one goroutine to the next wakes a thread on another one, which finds
// nothing to do: an eighth of what the gateway adds to a call over HTTP.
// It is safe for concurrent use. The zero value changes nothing.
type processors struct {
	set   func(n int) // 0 means all processors; nil changes nothing
	quiet time.Duration

	mu    sync.Mutex // guards the fields below
	busy  int        // requests in progress
	most  int        // of them at once, since the timer was set
	wide  bool
	timer *time.Timer
	ended bool
}

const (
	// fewRequests is how many requests in progress one processor serves.
	fewRequests = 2
	// narrowAfter is how long there must be few requests before one processor serves them again.
	narrowAfter = 10 * time.Second
)

// narrow makes the program run on one processor while few requests are in progress, until ctx
// ends. The environment variable GOMAXPROCS takes precedence.
func narrow(ctx context.Context, p *cli.Program) *processors {
	if !p.Alone || os.Getenv("GOMAXPROCS") != "" || runtime.GOMAXPROCS(0) == 1 {
		return &processors{}
	}
	c := &processors{quiet: narrowAfter, set: func(n int) {
		if n == 0 {
			runtime.SetDefaultGOMAXPROCS()
			return
		}
		runtime.GOMAXPROCS(n)
	}}
	c.set(1)
	context.AfterFunc(ctx, c.end)
	return c
}

// end uses all processors from now on.
func (c *processors) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.widen()
}

// widen uses all processors. The caller holds mu.
func (c *processors) widen() {
	if !c.wide {
		c.wide = true
		c.set(0)
	}
}

// enter notes a request, and leave its end.
func (c *processors) enter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy++
	c.most = max(c.most, c.busy)
	if c.set == nil || c.busy <= fewRequests || c.wide {
		return
	}
	c.widen()
	if c.timer == nil {
		c.timer = time.AfterFunc(c.quiet, c.look)
	} else {
		c.timer.Reset(c.quiet)
	}
}

func (c *processors) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
}

// look uses one processor again if there were few requests for a while.
func (c *processors) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	few := c.most <= fewRequests
	c.most = c.busy
	switch {
	case c.ended:
	case few:
		c.wide = false
		c.set(1)
	default:
		c.timer.Reset(c.quiet)
	}
}

// counting counts the requests to a handler. A GET is a stream that waits, and does not count.
type counting struct {
	front.Handler
	of *processors
}

func (h counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		h.of.enter()
		defer h.of.leave()
	}
	h.Handler.ServeHTTP(w, r)
}
