package store

// This file shows one session of a store as if the store had no other flows.

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/spectap/spectap/flow"
)

// SessionReader is a view of the flows of one session. It is safe for concurrent use.
type SessionReader struct {
	Reader
	session Session
}

// OfSession returns a view of r with the flows of s.
func OfSession(r Reader, s Session) *SessionReader { return &SessionReader{r, s} }

// Get implements [store.Reader]. A flow of another session is [store.ErrNotFound].
func (r *SessionReader) Get(ctx context.Context, n flow.Seq) (flow.Flow, error) {
	f, err := r.Reader.Get(ctx, n)
	if err == nil && f.Session != r.session.Number {
		return flow.Flow{}, fmt.Errorf("flow %d is of another session than %d: %w", n, r.session.Number, ErrNotFound)
	}
	return f, err
}

// Scan implements [store.Reader].
func (r *SessionReader) Scan(ctx context.Context, q Query) iter.Seq2[flow.Flow, error] {
	return r.Reader.Scan(ctx, r.Narrow(q))
}

// Narrow returns a query for the flows of the session that q selects.
func (r *SessionReader) Narrow(q Query) Query {
	own := r.session.Query()
	q.Session, q.After = own.Session, max(q.After, own.After)
	if own.Until != 0 && (q.Until == 0 || q.Until > own.Until) {
		q.Until = own.Until
	}
	return q
}

// Watch implements [store.Reader].
func (r *SessionReader) Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		for f, err := range r.Reader.Watch(ctx, max(after, r.session.After)) {
			if err == nil && f.Session != r.session.Number {
				continue
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

// Stat implements [store.Reader]. Its figures about flows, hosts and losses are those of the
// session; those about the file are of the complete store. Its cost depends on the number of flows
// of the session. HostBytes are missing.
func (r *SessionReader) Stat(ctx context.Context) (Stat, error) {
	st, err := r.Reader.Stat(ctx)
	if err != nil {
		return st, err
	}
	st.Flows, st.First, st.Imports, st.Hosts, st.HostBytes = 0, 0, 0, map[string]int64{}, map[string]int64{}
	for f, err := range r.Scan(ctx, Query{Brief: true}) {
		if err != nil {
			return Stat{}, err
		}
		if st.Flows++; st.First == 0 {
			st.First = f.Last
		}
		st.Hosts[f.Request.Authority]++
	}
	var within []Loss
	for _, l := range st.Losses {
		if l.After >= r.session.After && (r.session.Until == 0 || l.After <= r.session.Until) {
			within = append(within, l)
		}
	}
	st.Losses = within
	return st, nil
}

// Sessions implements [store.Reader]. It returns the one session.
func (r *SessionReader) Sessions(context.Context) ([]Session, error) {
	return []Session{r.session}, nil
}

// Snapshot implements [store.Reader]: it returns an error, because the copy would have all flows.
func (r *SessionReader) Snapshot(context.Context, io.Writer) error {
	return fmt.Errorf("copy session %d: a copy has the whole store; leave out the session", r.session.Number)
}
