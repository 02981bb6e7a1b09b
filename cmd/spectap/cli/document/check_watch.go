package document

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/store"
)

// maxFindings bounds the findings that check --watch tells apart: those of hostile traffic may have
// names without end.
const maxFindings = 10000

// checkWatch is one run of check --watch.
type checkWatch struct {
	*checking
	checker *check.Checker
	state   cli.FileState // of the document
	report  *checkReport
	// without counts the flows without an operation.
	without int
	printed map[finding]bool
}

// follow checks what is recorded, then flows as they are completed, until ctx ends. The exit status
// is that of check.
func (c *checking) follow(cmd *cobra.Command) error {
	if c.out.Format != "text" && c.out.Format != "json" {
		return cli.Usagef(cmd, "--watch and --format %s exclude each other: a report needs an end", c.out.Format)
	}
	if len(c.p.Global.MoreDBs) > 0 {
		return cli.Usagef(cmd, "--watch takes one --db: the store that a proxy records to")
	}
	if c.spec == "-" {
		return cli.Usagef(cmd, "--watch reads the document again when it changes: name a file instead of -")
	}
	c.p.Lasts.Store(true)
	ctx := cmd.Context()
	w := &checkWatch{checking: c, report: newCheckReport(), printed: map[finding]bool{}, state: cli.FileStateOf(c.spec)}
	var err error
	if w.checker, err = c.checker(ctx); err != nil {
		return err
	}
	from := c.p.Follow()
	defer from.Close()
	if err := w.run(ctx, from); err != nil && ctx.Err() == nil {
		return err
	}
	c.p.Say("%s", w.report.summary(w.without))
	return c.status(w.report.Broken + w.report.TooMuch)
}

func (w *checkWatch) run(ctx context.Context, from *cli.Follower) error {
	if err := from.Start(ctx); err != nil {
		return err
	}
	st, err := from.Stat(ctx)
	if err != nil {
		return err
	}
	at := st.Last
	if at > 0 { // what is open at this record is complete in a later one
		for f, err := range from.Lease.Scan(ctx, store.Query{Authority: strings.ToLower(w.host), Until: at}) {
			if err != nil {
				return fmt.Errorf("read flows: %w", err)
			}
			if err := w.add(ctx, &f); err != nil {
				return err
			}
		}
	}
	w.p.Say("%s; waiting for more", w.report.summary(w.without))
	return from.Each(ctx, at, func() { w.reload(ctx) }, func(f *flow.Flow) error { return w.add(ctx, f) })
}

// reload reads the document again if it has changed. Flows that were checked are not checked again.
func (w *checkWatch) reload(ctx context.Context) {
	now := cli.FileStateOf(w.spec)
	if now == w.state || now == (cli.FileState{}) {
		return
	}
	checker, err := w.checking.checker(ctx)
	if err != nil && time.Since(now.Mtime) < cli.FollowPoll {
		return // perhaps it is half written
	}
	w.state = now
	if err != nil {
		fmt.Fprintf(w.p.Stderr, "spectap: %s; the old document stays\n", visible.Line(err.Error()))
		return
	}
	w.checker = checker
	fmt.Fprintf(w.p.Stderr, "spectap: %s has changed; it applies to the flows from here on\n", w.spec)
}

// add checks a complete flow and prints findings that no flow had before.
func (w *checkWatch) add(ctx context.Context, f *flow.Flow) error {
	if !f.Done || w.host != "" && !strings.EqualFold(f.Request.Authority, w.host) {
		return nil
	}
	r := w.report
	before := r.TooMuch
	r.add(ctx, w.checker, f)
	if err := ctx.Err(); err != nil { // it was perhaps not checked to its end
		return err
	}
	for i := range r.Mismatches {
		if err := w.print(&r.Mismatches[i].Mismatch); err != nil {
			return err
		}
	}
	if r.TooMuch > before {
		fmt.Fprintf(w.p.Stderr, "spectap: flow %d is too much to check\n", f.Seq)
	}
	w.without += len(r.NoOperation)
	r.Mismatches, r.NoOperation = r.Mismatches[:0], r.NoOperation[:0]
	return nil
}

func (w *checkWatch) print(m *check.Mismatch) error {
	k := findingOf(m)
	if w.printed[k] || len(w.printed) >= maxFindings {
		return nil
	}
	w.printed[k] = true
	if len(w.printed) == maxFindings {
		fmt.Fprintf(w.p.Stderr, "spectap: %d different findings; further ones are counted only\n", maxFindings)
	}
	if w.out.Format == "json" {
		return json.NewEncoder(w.p.JSONOut()).Encode(m)
	}
	err := w.p.NewRows().Text(fmt.Sprintf("flow %d  %s  %s  %s: %s", m.Flow, k.operation, k.rule, k.where, k.message))
	return errors.Join(err, w.p.Stdout.Flush())
}
