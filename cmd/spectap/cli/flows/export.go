package flows

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/store"
)

// flowExport is one run of `flows export`.
type flowExport struct {
	p      *cli.Program
	sel    Selection
	out    string
	reveal bool
}

func newFlowsExportCmd(p *cli.Program) *cobra.Command {
	a := &flowExport{p: p}
	cmd := &cobra.Command{
		Use:   "export [FILTER… | NUMBER…]",
		Short: "Write captured flows as an HTTP archive (HAR 1.2)",
		Long: `Writes captured flows as an HTTP archive (HAR 1.2).

` + FilterHelp,
		Example: `  spectap flows export -o shop.har
  spectap flows export -o orders.har 'path:/orders method:POST'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if numbers := numberFilter(args); numbers != "" {
				args = []string{numbers}
			}
			if err := a.sel.Parse(cmd, args); err != nil {
				return err
			}
			return a.run(cmd.Context())
		},
	}
	a.sel.addFlags(cmd)
	p.AddSessionFlag(cmd)
	p.AddProtoFlag(cmd)
	f := cmd.Flags()
	p.AddOut(cmd, &a.out, "the `file` to write (default: stdout)")
	f.BoolVar(&a.reveal, "reveal", false, "include secrets")
	return cmd
}

func (a *flowExport) run(ctx context.Context) error {
	st, err := a.p.Open(store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	cfg := har.WriteConfig{Version: cli.Version()}
	if cfg.Redact, err = a.p.Viewer(ctx, st, a.reveal); err != nil {
		return err
	}
	a.sel.Redact = cfg.Redact
	n := 0
	flows := st.Reader() // without progress: stdout may be the same terminal
	write := func(w io.Writer) error {
		hw := har.NewWriter(w, cfg)
		for f, err := range a.sel.Flows(ctx, flows, false) {
			if err != nil {
				return err
			}
			if err := hw.Write(f); err != nil {
				return err
			}
			n++
		}
		return hw.Close()
	}
	if a.out == "" || a.out == "-" {
		return errors.Join(write(a.p.JSONOut()), ReportLosses(ctx, a.p, st, 0))
	}
	shown, end := a.p.Shown(flows, "writing "+a.out)
	flows = shown
	err = a.p.WriteStream(ctx, "flows", a.out, func(w io.Writer) error { return write(visible.NewJSONWriter(w)) })
	end()
	if err != nil {
		return err
	}
	fmt.Fprintf(a.p.Stderr, "wrote %s to %s as HAR\n", cli.Plural(n, "flow"), a.out)
	return ReportLosses(ctx, a.p, st, 0)
}
