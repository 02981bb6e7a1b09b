package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/sift"
)

const filterHelp = `A filter consists of terms. A flow must match all of them:
  host:api.example.com  status:4xx  method:POST  path:/v1/*  type:json  size:>10k  took:>1s
  time:>-1h  header:name=text  body:text  is:failed  -term  ( a or b )
docs/filter.md describes the language. Quote a filter in a shell.`

// selection selects the flows that a command works on.
type selection struct {
	host  string
	limit int
	last  flow.Seq // unless 0, the last record that is included
	text  string   // of the filter
	where *filter.Filter
	// redact, unless nil, is applied to a flow before the filter matches it, so that a filter
	// cannot find hidden values.
	redact func(flow.Flow) flow.Flow
}

func (s *selection) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.host, "host", "", "only flows to this `host` (with its port, unless that is the default)")
	cmd.Flags().IntVar(&s.limit, "limit", 0, "only the newest `n` flows")
}

// parse reads the arguments, which form one filter.
func (s *selection) parse(cmd *cobra.Command, args []string) error {
	if s.limit < 0 {
		return usagef(cmd, "--limit %d: must not be negative", s.limit)
	}
	s.text = strings.Join(args, " ")
	where, err := filter.Parse(s.text, time.Now())
	var mistake *filter.Error
	if errors.As(err, &mistake) {
		return &hint{&misuse{err}, "a filter as in docs/filter.md; the error is here:\n" + indent(mistake.Pointer())}
	}
	s.where = where
	return err
}

func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }

func (s *selection) all() bool { return s.host == "" && s.limit == 0 && s.where.All() }

// flows yields the selected flows, oldest first. A host that the store does not have is an error.
// With noBodies, flows have bodies only if the filter needs them.
func (s *selection) flows(ctx context.Context, st store.Reader, noBodies bool) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		if err := s.checkHost(ctx, st); err != nil {
			yield(flow.Flow{}, err)
			return
		}
		q := s.query()
		q.NoBodies = noBodies
		if s.limit > 0 {
			// Find the oldest of the newest flows, then scan forward.
			start, err := s.start(ctx, st, q)
			if err != nil {
				yield(flow.Flow{}, err)
				return
			}
			q.After = start
		}
		for f, err := range s.sieve().Scan(ctx, st, q, true) {
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// query returns the query for the flows that may be selected.
func (s *selection) query() store.Query {
	q := store.Query{Authority: strings.ToLower(s.host), Until: s.last}
	if h := s.where.Host(); q.Authority == "" {
		q.Authority = h
	}
	return q
}

// count returns the number of selected flows.
func (s *selection) count(ctx context.Context, st store.Reader) (n int64, err error) {
	if err := s.checkHost(ctx, st); err != nil {
		return 0, err
	}
	q := s.query()
	q.NoBodies, q.Newest = true, s.limit > 0
	for _, err := range s.sieve().Scan(ctx, st, q, false) {
		if err != nil {
			return n, err
		}
		if n++; s.limit > 0 && n == int64(s.limit) {
			break
		}
	}
	return n, nil
}

// sieve returns what selects flows by the filter.
func (s *selection) sieve() *sift.Sieve { return &sift.Sieve{Where: s.where, Redact: s.redact} }

// start returns the record number before the newest s.limit flows.
func (s *selection) start(ctx context.Context, st store.Reader, q store.Query) (flow.Seq, error) {
	q.Newest = true
	if s.where.All() {
		q.Limit = s.limit
	}
	var last flow.Seq
	n := 0
	for f, err := range s.sieve().Scan(ctx, st, q, false) {
		if err != nil {
			return 0, err
		}
		last = f.Last
		if n++; n == s.limit {
			break
		}
	}
	if last == 0 {
		return 0, nil
	}
	return last - 1, nil
}

func (s *selection) checkHost(ctx context.Context, st store.Reader) error {
	if s.host == "" {
		return nil
	}
	stat, err := st.Stat(ctx)
	if err != nil {
		return err
	}
	if _, ok := stat.Hosts[strings.ToLower(s.host)]; ok {
		return nil
	}
	if len(stat.Hosts) == 0 {
		return errors.New("the store has no flows")
	}
	var names []string
	for h := range stat.Hosts {
		names = append(names, h)
	}
	slices.Sort(names)
	more, all := "", names
	if len(names) > 8 {
		names, more = names[:8], ", …"
	}
	return &hint{fmt.Errorf("no flows to host %q; there are: %s%s", s.host, strings.Join(names, ", "), more),
		"spectap flows ls --host " + quoteArg(meantHost(s.host, all))}
}
