package traffic

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/view"
)

// notInDocument is shown as the operation of flows without one.
const notInDocument = "(not in the document)"

// matcher returns the matcher of the document of some hosts (nil: all).
func (s *Tools) matcher(ctx context.Context, hosts []string) (*apidoc.Matcher, error) {
	m, learning, err := s.matcherSoon(ctx, hosts, 1)
	if learning != nil {
		err = learning
	}
	return m, err
}

// matcherSoon is matcher for a tool that says something without operations, too: m is nil, and
// learning says why, if the API was not learned within this part of the time that the call has.
func (s *Tools) matcherSoon(ctx context.Context, hosts []string, part float64) (m *apidoc.Matcher, learning *source.NotReady, err error) {
	wait := time.Duration(float64(s.TimeLeft(ctx)) * part)
	d, err := s.Inferred(ctx, source.DocumentRequest{Hosts: hosts, Wait: max(wait, 1)})
	switch {
	case errors.As(err, &learning):
		return nil, learning, nil
	case err != nil:
		return nil, nil, err
	}
	m, err = s.matchers.Of(d.OpenAPI, &d.Decided)
	return m, nil, err
}

// withoutOperations is the note of a result without operations. It says how far the learning is.
func withoutOperations(learning *source.NotReady) string {
	return fmt.Sprintf("%s, so operations are missing: call again (%d flows read so far, at most %d remain)",
		learning.Error(), learning.Read, max(learning.Flows-learning.Read, 0))
}

// operationOf returns the operation of an entry, or nil, also without a matcher, as for an API that
// is still being learned.
func operationOf(m *apidoc.Matcher, e *search.Entry) *apidoc.Operation {
	if e.Path == "" || m == nil {
		return nil
	}
	return m.Find(e.Method, e.Host, e.Path)
}

// operationName returns the name of an entry's operation. A flow without one is named by its
// method.
func operationName(o *apidoc.Operation, method string) string {
	if o == nil {
		return method + " " + notInDocument
	}
	return o.Name()
}

// documentSoon returns the document of some hosts (nil: all) and its matcher, which is nil if that
// takes more than a part of the time of the call: lists do without.
func (s *Tools) documentSoon(ctx context.Context, hosts []string) (d source.DocumentResult, m *apidoc.Matcher) {
	ctx, cancel := context.WithTimeout(ctx, s.TimeLeft(ctx)/5)
	defer cancel()
	d, err := s.Inferred(ctx, source.DocumentRequest{Hosts: hosts})
	if err == nil {
		m, _ = s.matchers.Of(d.OpenAPI, &d.Decided)
	}
	return d, m
}

// listed returns the row of a flow for a list: with the server apart, and with the id of the
// operation. If the document has none, it is the name of the operation of GraphQL or JSON-RPC.
func (s *Tools) listed(r view.FlowRow, m *apidoc.Matcher, e *search.Entry) view.FlowRow {
	_, name, _ := strings.Cut(e.Path, "#")
	r.Operation = view.Cut(s.RedactText(name), maxShort)
	if o := operationOf(m, e); o != nil {
		r.Operation = view.Visible(o.ID)
	}
	scheme, rest, _ := strings.Cut(r.URL, "://")
	if authority, path, ok := strings.Cut(rest, "/"); ok {
		r.Server, r.URL = scheme+"://"+authority, "/"+path
	}
	return r
}

// covered waits until the index is complete, for most of the time that the call may take, and says
// how far it is.
func (s *Tools) covered(ctx context.Context) (source.Progress, error) {
	st, err := s.Store.Stat(ctx)
	if err != nil {
		return source.Progress{}, err
	}
	done := func() int64 { n, _ := s.Index.Covered(st.Last); return int64(n) }
	stop := s.Report(ctx, done)
	err = s.Index.Wait(ctx, s.TimeLeft(ctx)*4/5)
	if stop(); err != nil {
		return source.Progress{}, err
	}
	out := source.Progress{Total: st.Flows}
	out.Searched, out.Complete = s.Index.Covered(st.Last)
	if !out.Complete {
		out.Left = max(st.Flows-int64(out.Searched), 0)
	}
	if out.Searched == 0 && st.Flows > 0 {
		return out, errors.New("no flow was indexed")
	}
	return out, nil
}
