package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/internal/outfile"
	"github.com/spectap/spectap/store"
)

// harExport is one run of `flows export`.
type harExport struct {
	p      *program
	sel    selection
	out    string
	reveal bool
}

func newFlowsExportCmd(p *program) *cobra.Command {
	a := &harExport{p: p}
	cmd := &cobra.Command{
		Use:   "export [FILTER… | NUMBER…]",
		Short: "Write captured flows as an HTTP archive (HAR 1.2)",
		Long:  "Writes captured flows as an HTTP archive (HAR 1.2).\n\n" + filterHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if numbers := numberFilter(args); numbers != "" {
				args = []string{numbers}
			}
			if err := a.sel.parse(cmd, args); err != nil {
				return err
			}
			return a.run(cmd.Context())
		},
	}
	a.sel.addFlags(cmd)
	p.addSessionFlag(cmd)
	f := cmd.Flags()
	f.StringVarP(&a.out, "output", "o", "", "the `file` to write (default: stdout)")
	f.BoolVar(&a.reveal, "reveal", false, "include secrets")
	return cmd
}

func (a *harExport) run(ctx context.Context) error {
	st, err := a.p.open(store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	cfg := har.WriteConfig{Version: version()}
	if !a.reveal {
		red, err := a.p.redactor(ctx, st)
		if err != nil {
			return err
		}
		cfg.Redact, a.sel.redact = red.Flow, red.Flow
	}
	n := 0
	shown := &progress{} // silent: stdout may be the same terminal
	write := func(w io.Writer) error {
		hw := har.NewWriter(w, cfg)
		for f, err := range a.sel.flows(ctx, st, false) {
			if err != nil {
				return err
			}
			if err := hw.Write(f); err != nil {
				return err
			}
			n++
			shown.add(1)
		}
		return hw.Close()
	}
	if a.out == "" || a.out == "-" {
		return errors.Join(write(a.p.jsonOut()), a.p.reportLosses(ctx, st, 0))
	}
	shown = a.p.startProgress("writing " + a.out)
	err = outfile.WriteStream(ctx, a.out, 0o600, write)
	shown.end()
	if err != nil {
		return writeError("flows", a.out, err)
	}
	fmt.Fprintf(a.p.stderr, "wrote %s to %s\n", plural(n, "flow"), a.out)
	return a.p.reportLosses(ctx, st, 0)
}
