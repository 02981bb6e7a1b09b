package source

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/store"
)

// Flow returns a redacted flow. The complete flow is redacted at once, because a secret found in
// one text is hidden in the others too. A large flow waits while others are redacted, until ctx
// ends.
func (s *Source) Flow(ctx context.Context, id flow.Seq) (flow.Flow, error) {
	f, _, err := s.FlowAndRow(ctx, id)
	return f, err
}

// FlowAndRow returns a redacted flow like [Source.Flow], and its row.
func (s *Source) FlowAndRow(ctx context.Context, id flow.Seq) (flow.Flow, view.FlowRow, error) {
	original, err := s.get(ctx, id)
	if err != nil {
		return flow.Flow{}, view.FlowRow{}, err
	}
	if isLarge(&original) {
		original = flow.Flow{} // no memory while it waits
		select {
		case s.large <- struct{}{}:
			defer func() { <-s.large }()
		case <-ctx.Done():
			return flow.Flow{}, view.FlowRow{}, ctx.Err()
		}
		if original, err = s.get(ctx, id); err != nil {
			return flow.Flow{}, view.FlowRow{}, err
		}
	}
	f := s.Redact.Flow(original)
	return f, RowOf(&f, &original), nil
}

// Has returns an error if there is no flow of a number.
func (s *Source) Has(ctx context.Context, id flow.Seq) error {
	_, err := s.get(ctx, id)
	return err
}

func (s *Source) get(ctx context.Context, id flow.Seq) (flow.Flow, error) {
	f, err := s.Store.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		hint := "get_traffic_summary lists the flows"
		return f, tool.Errorf(tool.CodeFlowNotFound, hint, "the capture has no flow %d", id)
	}
	return f, err
}

// RowOf returns the row of a redacted flow. Its size is that of the response on the wire; a
// redacted body has another size.
func RowOf(redacted, original *flow.Flow) view.FlowRow {
	r := view.Row(redacted)
	if original.Response != nil {
		r.Size = original.Response.Body.Size
	}
	return r
}

// maxLarge bounds the large flows that are redacted at the same time: the largest take seconds and
// some 100 MB, also when the client has left. largeBody is where they begin, in bytes.
const (
	maxLarge  = 4
	largeBody = 64 << 10
)

// isLarge reports whether it may take long to redact f: a compressed body may have any size.
func isLarge(f *flow.Flow) bool {
	size := len(f.Request.Body.Data)
	packed := f.Request.Header.Get("Content-Encoding") != ""
	if f.Response != nil {
		size += len(f.Response.Body.Data)
		packed = packed || f.Response.Header.Get("Content-Encoding") != ""
	}
	for _, m := range f.Messages {
		size += len(m.Data)
	}
	return packed || size > largeBody
}

// maxListedBody limits, in bytes, the bodies that are redacted for a list.
const maxListedBody = 16 << 10

// Row redacts a flow and returns its row. It redacts the bodies too, unless they are long: secrets
// found in a body are also hidden in the URL.
func (s *Source) Row(original *flow.Flow) view.FlowRow {
	f := *original
	f.Messages = nil
	if len(f.Request.Body.Data) > maxListedBody {
		f.Request.Body.Data = nil
	}
	if f.Response != nil && len(f.Response.Body.Data) > maxListedBody {
		response := *f.Response
		response.Body.Data = nil
		f.Response = &response
	}
	f = s.Redact.Flow(f)
	f.Messages = original.Messages
	return RowOf(&f, original)
}

// TimeoutError is the error of a scan whose time is over. The scan continues at record Next.
type TimeoutError struct{ Next flow.Seq }

// Error implements error.
func (*TimeoutError) Error() string { return "the time limit was reached" }

// Newest yields the flows of the hosts (nil: all), newest first, from a record number down (0: the
// newest). At time end it yields a *TimeoutError, but not before the second flow.
func (s *Source) Newest(
	ctx context.Context, hosts []string, from flow.Seq, end time.Time,
) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		n := 0
		for f, err := range s.Descending(ctx, hosts, from, false) {
			if n++; err == nil && n > 1 && time.Now().After(end) {
				err = &TimeoutError{f.Last}
			}
			if err == nil && !IsOneOf(hosts, f.Request.Authority) {
				continue
			}
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// Descending yields flows, newest first, from a record number down (0: the newest). It yields all
// flows of the hosts (nil: all). For several hosts it also yields flows of other hosts, because the
// store selects by one host only.
func (s *Source) Descending(
	ctx context.Context, hosts []string, from flow.Seq, noBodies bool,
) iter.Seq2[flow.Flow, error] {
	q := store.Query{Newest: true, Until: from, NoBodies: noBodies}
	if len(hosts) == 1 {
		q.Authority = hosts[0]
	}
	return s.Store.Scan(ctx, q)
}

// IsOneOf reports whether an authority is in a list of hosts (nil: all).
func IsOneOf(hosts []string, authority string) bool {
	return hosts == nil || slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, authority) })
}

// Started returns when the newest or the oldest flow started, or "" if there are no flows.
func (s *Source) Started(ctx context.Context, newest bool) (string, error) {
	for f, err := range s.Store.Scan(ctx, store.Query{Newest: newest, Limit: 1, NoBodies: true}) {
		if err != nil {
			return "", err
		}
		return f.Started.UTC().Format(time.RFC3339Nano), nil
	}
	return "", nil
}
