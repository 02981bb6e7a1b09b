package document

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/internal/address"
	"github.com/spectap/spectap/internal/httpserver"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/lint"
)

const lintExample = `  spectap lint api.yaml
  spectap lint --ignore tag-missing,description-missing --strict api.yaml
  spectap lint --format sarif api.yaml >lint.sarif
  spectap lint --rules                             # list the rules
  spectap lint --http 127.0.0.1:8085               # POST /lint, /validate; GET /health`

// NewLintCmd returns the command lint.
func NewLintCmd(p *cli.Program) *cobra.Command {
	var list bool
	x := linting{p: p}
	cmd := &cobra.Command{
		Use:   "lint SPEC",
		Short: "Report errors, warnings and hints for an OpenAPI document",
		Long: `Checks an OpenAPI document against a set of rules, and prints findings with line and column. The
document is a file or - for stdin, in JSON or YAML, of version 2.0, 3.0, 3.1 or 3.2. The exit
status is 3 if there is an error, with --strict also if there is a warning.`,
		Example: lintExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if list {
				return cli.Exactly(0, "no document with --rules")(cmd, args)
			}
			return x.http.args(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := x.out.Check(cmd); err != nil {
				return err
			}
			if list {
				return printRules(p, cmd, x.out.Format)
			}
			return x.run(cmd.Context(), args)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&x.config.Ignore, "ignore", nil, "`rules` to ignore")
	f.BoolVar(&x.strict, "strict", false, "exit with 3 also for warnings")
	f.BoolVar(&list, "rules", false, "list the rules")
	x.out.RegisterFormat(cmd)
	p.AddRefs(cmd)
	x.http.register(cmd)
	return cmd
}

// linting is one run of lint or validate.
type linting struct {
	p      *cli.Program
	http   lintHTTPFlags
	config lint.Config
	out    flagset.FindingFlags
	strict bool // warnings count
}

func (x *linting) run(ctx context.Context, args []string) error {
	if x.http.addr != "" {
		return serveLint(ctx, x.p, &x.http, x.config)
	}
	r, err := lintSpec(ctx, x.p, args[0], x.config)
	if err != nil {
		return err
	}
	if err := printLint(x.p, r, args[0], x.out.Format); err != nil {
		return err
	}
	if r.Count(lint.Error) > 0 || x.strict && r.Count(lint.Warning) > 0 {
		return cli.ExitStatus(cli.ExitFound)
	}
	return nil
}

func printRules(p *cli.Program, cmd *cobra.Command, format string) error {
	type rule struct {
		ID       string        `json:"id"`
		Severity lint.Severity `json:"severity"`
		Summary  string        `json:"summary"`
	}
	switch format {
	case "text":
	case "json":
		var all []rule
		for _, r := range lint.Rules() {
			all = append(all, rule{r.ID, r.Severity, r.Summary})
		}
		return p.PrintIndentedJSON(all)
	default:
		return cli.Usagef(cmd, "--rules and --format %s exclude each other: it must be text or json", format)
	}
	list := p.NewRows()
	for _, r := range lint.Rules() {
		list.Text(fmt.Sprintf("%-8s %s: %s", r.Severity, r.ID, r.Summary))
	}
	return nil
}

func lintSpec(ctx context.Context, p *cli.Program, spec string, c lint.Config) (*lint.Report, error) {
	joined, err := p.ReadDocument(ctx, spec, "")
	if err != nil {
		return nil, err
	}
	r, err := lint.Check(ctx, joined.Text, c)
	if err != nil && len(joined.Problems) > 0 && ctx.Err() == nil { // the problems may be the cause
		version, _ := openapi.VersionOf(joined.Text)
		r, err = &lint.Report{Version: version, Findings: []lint.Finding{}}, nil
	}
	if err != nil {
		return nil, notDocument(spec, err)
	}
	if joined.Files > 0 {
		r.Locate(joined.Position)
	}
	for _, x := range joined.Problems {
		at := lint.Finding{File: x.File, Line: x.Line, Column: x.Column, Pointer: x.Pointer}
		r.Unfollowed(at, openapi.ShortenText(x.Ref, 200)+": "+x.Err.Error())
	}
	return r, nil
}

// notDocument returns the error for a file that is not an OpenAPI document.
func notDocument(spec string, err error) error {
	err = fmt.Errorf("read %s: %w", spec, err)
	if spec == "-" {
		return err
	}
	return cli.WithHint(err, "head -c 300 "+cli.QuoteArg(spec)+"   # a document has the member openapi: 3.1.0 (or 3.0.x), or swagger: '2.0'")
}

func printLint(p *cli.Program, r *lint.Report, spec, format string) error {
	switch format {
	case "text":
		var b strings.Builder
		if err := errors.Join(r.WriteText(&b, spec), p.NewRows().Lines(b.String())); err != nil {
			return err
		}
		return p.Say("%s: %s", spec, r.Summary())
	case "json":
		return r.WriteJSON(p.JSONOut())
	}
	return errors.Join(r.WriteReport(p.ReportOut(format), format, flagset.ReportFile(spec), cli.Version()), flagset.SaySummary(p, r.Summary(), format))
}

// lintHTTPFlags are the flags with which lint and validate serve HTTP.
type lintHTTPFlags struct {
	addr   string
	remote bool
	flagset.TLSFlags
}

func (f *lintHTTPFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.addr, "http", "", "serve an HTTP API at `ADDR` instead: host:port; without a host, loopback")
	fl.BoolVar(&f.remote, "allow-remote", false, "with --http: accept an address that other machines reach")
	f.TLSFlags.Register(cmd)
}

// args accepts one document, or none with --http.
func (f *lintHTTPFlags) args(cmd *cobra.Command, args []string) error {
	if f.addr != "" {
		if len(args) > 0 {
			return cli.Usagef(cmd, "--http serves documents that requests contain: leave out %s", args[0])
		}
		return f.Check(cmd)
	}
	if err := flagset.Check(cmd, flagset.Need("allow-remote tls-cert tls-key", "http", "")); err != nil {
		return err
	}
	return cli.Exactly(1, "one document")(cmd, args)
}

// serveLint serves lint and validate over HTTP until ctx ends.
func serveLint(ctx context.Context, p *cli.Program, f *lintHTTPFlags, c lint.Config) error {
	secure, err := f.TLS()
	if err != nil {
		return err
	}
	rule := flagset.ListenRule{
		Flag: "--http", Remote: f.remote, RemoteFlag: "--allow-remote", AnyPort: "--http 127.0.0.1:0, which selects a free port",
		ToRemote: "--http 127.0.0.1:8085, or --allow-remote with --tls-cert and --tls-key",
	}
	l, err := rule.Listen(f.addr)
	if err != nil {
		return err
	}
	if !address.IsLoopback(flagset.HostOf(l.Addr())) {
		how := ", without TLS (--tls-cert, --tls-key)"
		if secure != nil {
			how = ""
		}
		fmt.Fprintf(p.Stderr, "spectap: warning: every machine that reaches this address may use it%s\n", how)
	}
	s := &http.Server{
		Handler: lint.Handler(c), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: 2 * time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
		TLSConfig: secure,
	}
	fmt.Fprintf(p.Stderr, "listening on %s://%s\n", f.Scheme(), l.Addr())
	if err := httpserver.Serve(ctx, s, l, 5*time.Second, nil); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// NewValidateCmd returns the command validate.
func NewValidateCmd(p *cli.Program) *cobra.Command {
	x := linting{p: p, config: lint.Config{ErrorsOnly: true}}
	cmd := &cobra.Command{
		Use:   "validate SPEC",
		Short: "Report errors of an OpenAPI document",
		Long: `Reports what makes an OpenAPI document invalid or unusable, with line and column. The document
is a file or - for stdin, in JSON or YAML, of version 2.0, 3.0, 3.1 or 3.2, which decides the
rules. The exit status is 3 if there is an error. The errors are those of spectap lint. An example
that does not fit its schema is a warning, with --strict an error.`,
		Example: `  spectap validate api.yaml
  spectap validate --format sarif api.yaml >errors.sarif
  spectap validate --http 127.0.0.1:8085     # POST /validate, /lint`,
		Args: x.http.args,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := x.out.Check(cmd); err != nil {
				return err
			}
			return x.run(cmd.Context(), args)
		},
	}
	cmd.Flags().BoolVar(&x.config.Strict, "strict", false, "examples that do not fit their schemas are errors")
	x.out.RegisterFormat(cmd)
	p.AddRefs(cmd)
	x.http.register(cmd)
	return cmd
}
