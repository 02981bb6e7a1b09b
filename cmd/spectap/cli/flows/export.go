package flows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/codegen"
	"github.com/spectap/spectap/store"
)

// flowExport is one run of `flows export`.
type flowExport struct {
	p           *cli.Program
	sel         Selection
	out, format string
	reveal      bool
}

// MaxRequests is how many requests a .http file may have: it is edited by people.
const MaxRequests = 1000

func newFlowsExportCmd(p *cli.Program) *cobra.Command {
	a := &flowExport{p: p}
	cmd := &cobra.Command{
		Use:   "export [FILTER… | NUMBER…]",
		Short: "Write captured flows as an HTTP archive (HAR 1.2), or requests as a .http file",
		Long: `Writes captured flows as an HTTP archive (HAR 1.2). --format http writes their requests for the HTTP
clients of editors (IntelliJ, VS Code, Visual Studio), with variables in place of secrets.

` + FilterHelp,
		Example: `  spectap flows export -o shop.har
  spectap flows export --format http -o orders.http 'path:/orders method:POST'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.format == "" && strings.HasSuffix(a.out, ".http") {
				a.format = "http"
			}
			if a.format != "" && a.format != "har" && a.format != "http" {
				return cli.Usagef(cmd, "--format %q: must be har or http", a.format)
			}
			if a.format == "http" && a.reveal {
				return cli.Usagef(cmd, "--reveal and --format http exclude each other: secrets are variables in such a file")
			}
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
	f := cmd.Flags()
	p.AddOut(cmd, &a.out, "the `file` to write (default: stdout)")
	f.StringVar(&a.out, "output", "", "")
	f.Lookup("output").Hidden = true // the former name of --out
	f.StringVar(&a.format, "format", "", "har or http (default: by the file extension, else har)")
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
	if !a.reveal {
		red, err := a.p.Redactor(ctx, st)
		if err != nil {
			return err
		}
		cfg.Redact, a.sel.Redact = red.Flow, red.Flow
	}
	if a.format == "http" {
		return a.requests(ctx, st, cfg.Redact)
	}
	n := 0
	flows := st.Reader() // silent: stdout may be the same terminal
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

// requests writes the requests as a .http file.
func (a *flowExport) requests(ctx context.Context, st store.Reader, redact func(flow.Flow) flow.Flow) error {
	var flows []flow.Flow
	for f, err := range a.sel.Flows(ctx, st, false) {
		if err != nil {
			return err
		}
		if len(flows) == MaxRequests {
			return cli.WithHint(fmt.Errorf("more than %d requests, for a file that people edit", MaxRequests),
				"spectap flows export --format http 'path:/orders'   # a filter, see spectap flows ls --help")
		}
		flows = append(flows, redact(f))
	}
	text := []byte(codegen.Generate("http", flows).Code)
	if a.out == "" || a.out == "-" {
		return a.p.WriteFileOut(text)
	}
	if err := a.p.WriteNamed(ctx, "requests", a.out, 0o600, text); err != nil {
		return err
	}
	fmt.Fprintf(a.p.Stderr, "wrote %s to %s\n", cli.Plural(len(flows), "request"), a.out)
	return nil
}
