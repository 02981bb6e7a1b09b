package mcptools

import (
	"context"
	"fmt"
	"time"

	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/tool"
)

// Progress says how far a search has come that may take several calls.
type Progress struct {
	Searched   int    `json:"searched" jsonschema_description:"how many flows were looked at for this page"`
	Left       int64  `json:"left,omitempty" jsonschema_description:"about how many flows are left to look at"`
	Total      int64  `json:"total" jsonschema_description:"flows in the capture"`
	Complete   bool   `json:"complete" jsonschema_description:"the search has come to the end of the capture"`
	NextCursor string `json:"next_cursor,omitempty" jsonschema_description:"pass as cursor to go on; a page may be empty and the search not over"`

	full bool // it ended for the sake of the limit, not of the time
}

// goOn says in words that a search is not over.
func (p Progress) Continuation(name string) string {
	if p.Complete {
		return ""
	}
	if p.full {
		return fmt.Sprintf("This page is full; about %d of %d flows are left to look at. Call %s again with the same arguments and cursor %s for what comes behind it.",
			p.Left, p.Total, name, p.NextCursor)
	}
	return fmt.Sprintf("The search is not over: %d flows looked at for this page, about %d of %d left. Call %s again with the same arguments and cursor %s to go on; "+
		"with max_ms 10000 one call searches longer.", p.Searched, p.Left, p.Total, name, p.NextCursor)
}

// progress is that of a page; down says that the search goes from the newest flow to the oldest.
func progress[T any](ctx context.Context, s *service, p search.Page[T], key []string, down bool, limit int) (Progress, error) {
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
	Doc: "work on the answer for so many milliseconds at most. Default: 30, or as long as it takes for less than 2 MB of traffic"}

// learnMSParam and specMSParam are max_ms of what rests on the inferred API.
var (
	learnMSParam = tool.Param{Name: maxMSParam.Name, Kind: tool.Integer, Min: 10, Max: 10_000,
		Doc: "wait for so many milliseconds at most for what must be learnt from the traffic first. Default: 30, or 10000 for the first call"}
	specMSParam = tool.Param{Name: maxMSParam.Name, Kind: tool.Integer, Min: 10, Max: 10_000,
		Doc: "wait for so many milliseconds at most for what must be learnt from the traffic first. Default: 10000"}
)

const (
	// defaultWait keeps a call under 50 ms, with what comes before and after the search.
	defaultWait = 30 * time.Millisecond
	// smallCapture is the size in bytes of captures that are looked through in one call, and wholeWait how long that may
	// take: on a busy machine an answer in parts would not be of much help.
	smallCapture = 2_000_000
	wholeWait    = 10 * time.Second
)

// learning is how long a call waits for what must be learnt first: other calls than that for a document do so only where
// there is nothing yet, or where they ask for something to be learnt anew.
func (s *service) learning(ctx context.Context, a tool.Args, spec bool) (wait, first time.Duration, err error) {
	wait, err = s.wait(ctx, a)
	if a.Has(maxMSParam.Name) || s.Wait != 0 || err != nil {
		return wait, wait, err
	}
	if spec || a.Int("limit") > 0 {
		wait = wholeWait
	}
	return wait, wholeWait, nil
}

// wait is how long a call may work on its answer.
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
		return wholeWait, nil
	}
	return defaultWait, nil
}
