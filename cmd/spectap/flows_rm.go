package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/store"
)

const flowsRmExample = `  spectap flows rm 'host:tracker.example'
  spectap flows rm --dry-run 'time:<-30d'
  spectap flows rm 17 18                       # by number
  spectap flows rm --holding secret.txt        # all that hold what is in the file`

// removal is one run of flows rm.
type removal struct {
	p       *program
	sel     selection
	all     bool
	dryRun  bool
	holding string
	value   []byte // what the file named by holding has
}

func newFlowsRmCmd(p *program) *cobra.Command {
	r := &removal{p: p}
	cmd := &cobra.Command{
		Use:   "rm FILTER… | NUMBER…",
		Short: "Remove captured flows",
		Long: "Removes captured flows from the store, with what was learnt from them: the next export learns anew from what\nis left. The file does not shrink, but its free pages are used again.\n\n" +
			"The filter looks at flows as they are, not redacted.\n\n" + filterHelp,
		Example: flowsRmExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := r.parse(cmd, args); err != nil {
				return err
			}
			return r.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.sel.host, "host", "", "only flows to this `host` (with its port, unless that is the default)")
	f.BoolVar(&r.all, "all", false, "remove every flow")
	f.BoolVar(&r.dryRun, "dry-run", false, "only say how many it would be")
	f.StringVar(&r.holding, "holding", "", "only flows that hold the content of this `file` anywhere, such as a secret (\"-\": stdin, which keeps it out of the shell's history)")
	return cmd
}

func (r *removal) parse(cmd *cobra.Command, args []string) error {
	if numbers := numberFilter(args); numbers != "" {
		args = []string{numbers}
	}
	if err := r.sel.parse(cmd, args); err != nil {
		return err
	}
	if r.holding != "" {
		value, err := r.readValue()
		if err != nil {
			return err
		}
		r.value = value
	}
	something := !r.sel.all() || r.value != nil
	if r.all && something {
		return usagef(cmd, "--all removes every flow: name no filter with it")
	}
	if !r.all && !something {
		return usagef(cmd, "name the flows to remove, or --all")
	}
	return nil
}

// numberFilter turns arguments that are all numbers into a filter.
func numberFilter(args []string) string {
	var terms []string
	for _, a := range args {
		n := strings.TrimPrefix(a, "#")
		if n == "" || strings.Trim(n, "0123456789") != "" {
			return ""
		}
		terms = append(terms, "number:"+n)
	}
	return strings.Join(terms, " or ")
}

// readValue reads what --holding names, without the line break at its end.
func (r *removal) readValue() ([]byte, error) {
	in := r.p.stdin
	if r.holding != "-" {
		f, err := os.Open(r.holding)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", r.holding, plainPathError(err))
		}
		defer f.Close()
		in = f
	}
	const limit = 64 << 10
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", r.holding, err)
	}
	data = bytes.TrimRight(data, "\r\n")
	switch {
	case len(data) > limit:
		return nil, fmt.Errorf("read %s: more than %d bytes", r.holding, limit)
	case len(data) < 4:
		return nil, fmt.Errorf("read %s: a value of less than 4 bytes is in too many flows", r.holding)
	}
	return data, nil
}

func (r *removal) run(ctx context.Context) (err error) {
	st, err := r.p.open(store.Options{ReadOnly: r.dryRun})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	doomed, n, err := r.find(ctx, st)
	if err != nil {
		return err
	}
	if r.dryRun {
		fmt.Fprintf(r.p.stderr, "would remove %s\n", plural(n, "flow"))
		return nil
	}
	removed := 0
	if n > 0 {
		removed, err = st.Delete(ctx, store.Query{Only: doomed})
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(r.p.stderr, "removed %s\n", plural(removed, "flow"))
	return nil
}

// find returns the newest record numbers of the flows to remove.
func (r *removal) find(ctx context.Context, st store.Reader) (doomed store.Ranges, n int, err error) {
	for f, err := range r.sel.flows(ctx, st, r.value == nil) {
		if err != nil {
			return nil, 0, err
		}
		if r.value != nil && !holds(&f, r.value) {
			continue
		}
		doomed = doomed.Add(f.Last)
		n++
	}
	return doomed, n, nil
}

// holds says whether value is anywhere in a flow: as it is, percent-encoded, or in a body that was encoded.
func holds(f *flow.Flow, value []byte) bool {
	text := string(value)
	in := func(s string) bool {
		if strings.Contains(s, text) {
			return true
		}
		u, err := url.QueryUnescape(s)
		return err == nil && strings.Contains(u, text)
	}
	message := func(h, trailer flow.Header, b flow.Body) bool {
		for _, x := range append(h[:len(h):len(h)], trailer...) {
			if in(x.Name) || in(x.Value) || inBasic(x.Value, text) {
				return true
			}
		}
		data, _, _ := decode.Body(h, b, 0)
		return in(string(data)) || bytes.Contains(b.Data, value) || strings.Contains(jsonUnescaped(string(data)), text)
	}
	for _, m := range f.Messages {
		if bytes.Contains(m.Data, value) || strings.Contains(jsonUnescaped(string(m.Data)), text) {
			return true
		}
	}
	q := &f.Request
	return in(q.Path) || in(q.RawQuery) || in(f.Err) || in(q.Authority) || message(q.Header, q.Trailer, q.Body) ||
		f.Response != nil && message(f.Response.Header, f.Response.Trailer, f.Response.Body)
}
