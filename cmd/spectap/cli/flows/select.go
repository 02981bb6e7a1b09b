package flows

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/store"
)

const FilterHelp = `A filter consists of terms. A flow must match all of them:
  host:api.example.com  status:4xx  method:POST  path:/v1/*  type:json  size:>10k  took:>1s
  time:>-1h  header:name=text  body:text  is:failed  -term  ( a or b )
docs/filter.md describes the language. Quote a filter in a shell.`

// Selection selects the flows that a command works on.
type Selection struct {
	Host  string
	Limit int
	last  flow.Seq // unless 0, the last record that is included
	text  string   // of the filter
	Where *filter.Filter
	// redact, unless nil, is applied to a flow before the filter matches it, so that a filter
	// cannot find hidden values.
	Redact func(flow.Flow) flow.Flow
	stderr io.Writer
}

func (s *Selection) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.Host, "host", "", "only flows to this `host` (with its port, unless that is the default)")
	cmd.Flags().IntVar(&s.Limit, "limit", 0, "only the newest `n` flows")
}

// Parse reads the arguments, which form one filter.
func (s *Selection) Parse(cmd *cobra.Command, args []string) error {
	if s.Limit < 0 {
		return cli.Usagef(cmd, "--limit %d: must not be negative", s.Limit)
	}
	s.text, s.stderr = strings.Join(args, " "), cmd.ErrOrStderr()
	where, err := filter.Parse(s.text, time.Now())
	if mistake, ok := errors.AsType[*filter.Error](err); ok {
		hint := "a filter as in docs/filter.md; the error is here:\n" + Indent(mistake.Pointer())
		words := strings.Fields(s.text)
		others := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "session:last" })
		if len(others) < len(words) && cmd.Flag("session") != nil {
			hint = strings.TrimSpace(cmd.CommandPath() + " --session last " + cli.QuoteArg(strings.Join(others, " ")))
		}
		if meant := filter.Suggest(s.text); meant != "" {
			hint = cmd.CommandPath() + " " + cli.QuoteArg(meant)
		}
		return cli.WithHint(cli.Misused(err), hint)
	}
	s.Where = where
	return err
}

// Indent puts two spaces before each line.
func Indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }

func (s *Selection) all() bool { return s.Host == "" && s.Limit == 0 && s.Where.All() }

// Flows yields the selected flows, oldest first. A host that the store does not have is an error.
// With noBodies, bodies are read only if the filter needs them.
func (s *Selection) Flows(ctx context.Context, st store.Reader, noBodies bool) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		if err := s.checkHost(ctx, st); err != nil {
			yield(flow.Flow{}, err)
			return
		}
		defer cli.SayUnread(s.stderr, s.Where.Budget())
		q := s.query()
		q.NoBodies = noBodies
		if s.Limit > 0 {
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
func (s *Selection) query() store.Query {
	return store.Query{Authority: cmp.Or(strings.ToLower(s.Host), s.Where.Host()), Until: s.last}
}

// Count returns the number of selected flows.
func (s *Selection) Count(ctx context.Context, st store.Reader) (n int64, err error) {
	if s.all() {
		stat, err := st.Stat(ctx)
		return stat.Flows, err
	}
	if err := s.checkHost(ctx, st); err != nil {
		return 0, err
	}
	defer cli.SayUnread(s.stderr, s.Where.Budget())
	q := s.query()
	q.NoBodies, q.Newest = true, s.Limit > 0
	for _, err := range s.sieve().Scan(ctx, st, q, false) {
		if err != nil {
			return n, err
		}
		if n++; s.Limit > 0 && n == int64(s.Limit) {
			break
		}
	}
	return n, nil
}

// sieve returns a function that reports whether the filter selects a flow.
func (s *Selection) sieve() *store.Sieve {
	return &store.Sieve{Where: s.Where, Redact: s.Redact, Own: true}
}

// start returns the record number before the newest s.limit flows.
func (s *Selection) start(ctx context.Context, st store.Reader, q store.Query) (flow.Seq, error) {
	q.Newest = true
	if s.Where.All() {
		q.Limit = s.Limit
	}
	var last flow.Seq
	n := 0
	for f, err := range s.sieve().Scan(ctx, st, q, false) {
		if err != nil {
			return 0, err
		}
		last = f.Last
		if n++; n == s.Limit {
			break
		}
	}
	if last == 0 {
		return 0, nil
	}
	return last - 1, nil
}

func (s *Selection) checkHost(ctx context.Context, st store.Reader) error {
	if s.Host == "" {
		return nil
	}
	stat, err := st.Stat(ctx)
	if err != nil {
		return err
	}
	if _, ok := stat.Hosts[strings.ToLower(s.Host)]; ok {
		return nil
	}
	if len(stat.Hosts) == 0 {
		return catalog.ErrNoFlows
	}
	return &catalog.NoHostError{Host: s.Host, Hosts: slices.Sorted(maps.Keys(stat.Hosts))}
}
