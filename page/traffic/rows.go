package traffic

import (
	"context"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// Row is a flow in the list.
type Row struct {
	Seq    flow.Seq `json:"seq"`  // names the flow
	Last   flow.Seq `json:"last"` // grows with each new state of the flow
	Method string   `json:"method"`
	Host   string   `json:"host"`
	Path   string   `json:"path"` // with the query
	Status int      `json:"status,omitzero"`
	Type   string   `json:"type,omitempty"` // media type of the response
	Size   int64    `json:"size,omitzero"`  // bytes of the response body
	// Started is the time since 1970, and Took how long the exchange lasted, in milliseconds.
	Started int64   `json:"started"`
	Took    float64 `json:"took,omitzero"`
	Pending bool    `json:"pending,omitzero"` // the response is not complete
	Failed  bool    `json:"failed,omitzero"`
	// Denied is the rule by which a guard did not send the request, or "".
	Denied   string `json:"denied,omitempty"`
	Messages bool   `json:"messages,omitzero"` // it is a WebSocket
	// Operation is the number of an operation, see Operations.
	Operation int      `json:"operation,omitzero"`
	Session   uint64   `json:"session,omitzero"`
	Tags      []string `json:"tags,omitempty"`
}

// row returns the row of a flow that is not redacted.
func (p *panel) row(f *flow.Flow) Row {
	q := &f.Request
	r := Row{
		Seq: f.Seq, Last: f.Last, Method: q.Method, Host: q.Authority, Path: p.Redact.Path(q.Path),
		Operation: p.operations.find(f),
		Started:   f.Started.UnixMilli(), Took: milliseconds(f.Took), Pending: !f.Done, Failed: f.Failure() != "",
		Session: f.Session, Tags: f.Tags,
	}
	if d, ok := f.Denied(); ok {
		r.Denied = p.Redact.Text(d.Rule)
	}
	if q.RawQuery != "" {
		r.Path += "?" + p.Redact.Query(q.RawQuery)
	}
	if a := f.Response; a != nil {
		r.Status, r.Type, r.Size = a.Status, a.Header.MediaType(), a.Body.Size
		r.Messages = a.Status == 101
	}
	return r
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// RowsQuery selects rows, the newest first.
type RowsQuery struct {
	Filter string `json:"filter"`
	// Before and After, unless 0, select flows whose newest record comes before or after them.
	Before flow.Seq `json:"before,omitzero"`
	After  flow.Seq `json:"after,omitzero"`
	Limit  int      `json:"limit"`
}

// Rows are some of the rows that a query selects.
type Rows struct {
	Rows []Row `json:"rows"`
	// Next is the Before of the query for the next rows, or 0 if there are no more. A call reads a
	// limited number of flows, so there may be more rows although it found few.
	Next flow.Seq `json:"next,omitzero"`
	// Last is the newest record of the store when the call began: a feed that begins there misses
	// no flow.
	Last flow.Seq `json:"last"`
	// Flows is the number of flows in the store, selected or not.
	Flows int64 `json:"flows"`
}

// Limits of one call of rows.
const (
	maxRows    = 5000
	searchTime = 300 * time.Millisecond
	// Records are searched in parts, of which the first are small, so that the first rows come
	// soon.
	firstPart = 512
	maxPart   = 16_384
)

func (p *panel) rows(ctx context.Context, in RowsQuery) (Rows, error) {
	where, err := parse(in.Filter)
	if err != nil {
		return Rows{}, err
	}
	st, err := p.Store.Stat(ctx)
	if err != nil {
		return Rows{}, err
	}
	out := Rows{Last: st.Last, Flows: st.Flows}
	first := max(in.After+1, st.First)
	until := st.Last
	if in.Before > 0 {
		until = min(until, in.Before-1)
	}
	limit, end := min(max(in.Limit, 1), maxRows), time.Now().Add(searchTime)
	s := store.Sieve{Where: where, Redact: p.redact}
	for part := flow.Seq(firstPart); until >= first && first > 0; part = min(2*part, maxPart) {
		from := max(first, until-min(until, part)+1)
		q := store.Query{After: from - 1, Until: until, Authority: where.Host(), NoBodies: true, Newest: true}
		for f, err := range s.Scan(ctx, p.Store, q, true) {
			if err != nil {
				return out, err
			}
			out.Rows = append(out.Rows, p.row(&f))
			if len(out.Rows) == limit {
				out.Next = f.Last
				return out, nil
			}
		}
		if until = from - 1; time.Now().After(end) && until >= first {
			out.Next = from
			break
		}
	}
	return out, nil
}
