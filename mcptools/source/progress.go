package source

import (
	"cmp"
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/tool"
)

// Progress says how far a search has come. A search may take several calls.
type Progress struct {
	Searched   int    `json:"searched"`              // flows examined for this page
	Left       int64  `json:"left,omitempty"`        // about how many flows remain to be examined
	Total      int64  `json:"total"`                 // flows in the capture
	Complete   bool   `json:"complete"`              // the search has reached the end of the capture
	NextCursor string `json:"next_cursor,omitempty"` // pass as cursor to continue; a page may be empty although the search is not complete

	full bool // the page reached its limit of items, not of time
}

// Continuation implements [tool.Partial].
func (p Progress) Continuation(name string) string {
	if p.Complete {
		return ""
	}
	if p.NextCursor == "" && int64(p.Searched) >= p.Total { // the API is still being learned
		return fmt.Sprintf("This result is not complete: call %s again, which waits for the rest.", name)
	}
	if p.NextCursor == "" {
		return fmt.Sprintf("%d of %d flows were examined so far; the search continues in the background: "+
			"call %s again, which waits for the rest.", p.Searched, p.Total, name)
	}
	if p.full {
		return fmt.Sprintf("This page is full; about %d of %d flows remain. "+
			"Call %s again with the same arguments and cursor %s for the next page.",
			p.Left, p.Total, name, p.NextCursor)
	}
	return fmt.Sprintf("The search is not complete: %d flows examined for this page, about %d of %d remain. "+
		"Call %s again with the same arguments and cursor %s to continue.", p.Searched, p.Left, p.Total, name, p.NextCursor)
}

// Page continues a search for the time that is left to the call.
func Page[T any](
	ctx context.Context, s *Source, r search.Request[T],
) (search.Page[T], error) {
	r.Wait, r.Examined = s.TimeLeft(ctx), new(atomic.Int64)
	defer s.Report(ctx, r.Examined.Load)()
	return r.Page(ctx)
}

// ProgressOf returns the progress after a page. down means that the search begins at the newest
// flow.
func ProgressOf[T any](
	ctx context.Context, s *Source, p search.Page[T], key []string, down bool, limit int,
) (Progress, error) {
	st, err := s.Store.Stat(ctx)
	if err != nil {
		return Progress{}, err
	}
	out := Progress{Searched: p.Examined, Total: st.Flows, Complete: p.Done, full: len(p.Items) >= limit}
	if p.Done {
		return out, nil
	}
	out.NextCursor = tool.NewCursor(p.Next, key...)
	out.Left = st.Flows
	switch {
	case !down:
		out.Left = s.Index.CountAfter(p.Next, st.Flows)
	case p.Next > 0:
		out.Left -= s.Index.CountAfter(p.Next-1, st.Flows)
	}
	return out, nil
}

// callTime is the time after which a call returns what it has, and says how to continue.
const callTime = 5 * time.Second

// TimeLeft returns how long the call may still take: all its parts share one limit.
func (s *Source) TimeLeft(ctx context.Context) time.Duration {
	if c := tool.CallOf(ctx); c != nil {
		return max(time.Until(c.End), 1)
	}
	return s.CallTime()
}

// CallTime returns the time limit of a call.
func (s *Source) CallTime() time.Duration { return cmp.Or(s.Wait, callTime) }

// reportEvery is the time between two notifications of progress.
const reportEvery = 500 * time.Millisecond

// Report notifies the client of the progress of a call, if it asked for that, until stop is called.
// done returns the number of flows read so far.
func (s *Source) Report(ctx context.Context, done func() int64) (stop func()) {
	return s.notify(ctx, func(c *tool.Call, token mcp.ProgressToken) {
		n := done()
		if !c.Advance(n) {
			return
		}
		params := map[string]any{"progress": n, "message": fmt.Sprintf("%d flows read", n)}
		if st, err := s.Store.Stat(ctx); err == nil && st.Flows >= n {
			params["total"] = st.Flows
		}
		sendProgress(ctx, token, params)
	})
}

// Busy tells the client of a call, if it asked for that, that unmeasurable work continues, until
// stop is called. Notifications of [Source.Report] may come between.
func (s *Source) Busy(ctx context.Context, message string) (stop func()) {
	return s.notify(ctx, func(c *tool.Call, token mcp.ProgressToken) {
		if n, ok := c.Step(reportEvery / 2); ok {
			sendProgress(ctx, token, map[string]any{"progress": n, "message": message})
		}
	})
}

// notify calls f at intervals if the client of a call asked for progress, until stop is called.
func (s *Source) notify(ctx context.Context, f func(*tool.Call, mcp.ProgressToken)) (stop func()) {
	c := tool.CallOf(ctx)
	if c == nil || c.Params.Meta == nil || c.Params.Meta.ProgressToken == nil {
		return func() {}
	}
	ctx, stopped := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(reportEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			f(c, c.Params.Meta.ProgressToken)
		}
	}()
	return func() { stopped(); <-ended }
}

func sendProgress(ctx context.Context, token mcp.ProgressToken, params map[string]any) {
	params["progressToken"] = token
	if m := server.ServerFromContext(ctx); m != nil {
		m.SendNotificationToClient(ctx, string(mcp.MethodNotificationProgress), params) // a client that has gone needs no notification
	}
}
