package mcptools

import (
	"context"
	"fmt"
	"time"

	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/tool"
)

// Progress says how far a search has come. A search may take several calls.
type Progress struct {
	Searched   int    `json:"searched" jsonschema_description:"flows examined for this page"`
	Left       int64  `json:"left,omitempty" jsonschema_description:"about how many flows remain to be examined"`
	Total      int64  `json:"total" jsonschema_description:"flows in the capture"`
	Complete   bool   `json:"complete" jsonschema_description:"the search has reached the end of the capture"`
	NextCursor string `json:"next_cursor,omitempty" jsonschema_description:"pass as cursor to continue; a page may be empty although the search is not complete"`

	full bool // the page reached its limit of items, not of time
}

// Continuation implements [tool.Partial].
func (p Progress) Continuation(name string) string {
	if p.Complete {
		return ""
	}
	if p.full {
		return fmt.Sprintf("This page is full; about %d of %d flows remain. "+
			"Call %s again with the same arguments and cursor %s for the next page.",
			p.Left, p.Total, name, p.NextCursor)
	}
	return fmt.Sprintf("The search is not complete: %d flows examined for this page, about %d of %d remain. "+
		"Call %s again with the same arguments and cursor %s to continue; "+
		"with max_ms 10000 a call searches longer.", p.Searched, p.Left, p.Total, name, p.NextCursor)
}

// progress returns the progress after a page. down means that the search begins at the newest flow.
func progress[T any](
	ctx context.Context, s *service, p search.Page[T], key []string, down bool, limit int,
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
		out.Left = s.index.CountAfter(p.Next, st.Flows)
	case p.Next > 0:
		out.Left -= s.index.CountAfter(p.Next-1, st.Flows)
	}
	return out, nil
}

var maxMSParam = tool.Param{Name: "max_ms", Kind: tool.Integer, Min: 10, Max: 10_000,
	Doc: "time limit in milliseconds. Default: 30, or 10000 if the capture has less than 2 MB"}

// learnMSParam and specMSParam are max_ms of tools that use the inferred API.
var (
	learnMSParam = tool.Param{Name: maxMSParam.Name, Kind: tool.Integer, Min: 10, Max: 10_000,
		Doc: "how many milliseconds to wait until new traffic is learned. Default: 30, or 10000 for the first call"}
	specMSParam = tool.Param{Name: maxMSParam.Name, Kind: tool.Integer, Min: 10, Max: 10_000,
		Doc: "how many milliseconds to wait until new traffic is learned. Default: 10000"}
)

const (
	// defaultWait keeps a call below 50 ms, including the work before and after the search.
	defaultWait = 30 * time.Millisecond
	// smallCapture is the size in bytes up to which one call searches the whole capture. It then
	// may take maxWait: on a busy machine, pages of such a search would be of little use.
	smallCapture = 2_000_000
	maxWait      = 10 * time.Second
)

// learnWait returns how long a call waits until new flows are learned: wait if there is a
// description already, first if there is none. wholeSpec means that the call returns a whole
// document; only such calls, and those that limit the evidence, wait long for an update.
func (s *service) learnWait(ctx context.Context, a tool.Args, wholeSpec bool) (wait, first time.Duration, err error) {
	wait, err = s.wait(ctx, a)
	if a.Has(maxMSParam.Name) || s.Wait != 0 || err != nil {
		return wait, wait, err
	}
	if wholeSpec || a.Int("limit") > 0 {
		wait = maxWait
	}
	return wait, maxWait, nil
}

// wait returns the time limit of a call.
func (s *service) wait(ctx context.Context, a tool.Args) (time.Duration, error) {
	if ms := a.Int("max_ms"); ms > 0 {
		return time.Duration(ms) * time.Millisecond, nil
	}
	if s.Wait != 0 {
		return s.Wait, nil
	}
	st, err := s.Store.Stat(ctx)
	if err != nil {
		return 0, err
	}
	size := int64(0)
	for _, n := range st.HostBytes {
		size += n
	}
	if size <= smallCapture {
		return maxWait, nil
	}
	return defaultWait, nil
}
