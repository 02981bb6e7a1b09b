package document

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/compact"
)

const exportExample = `  spectap export                                  # one host: YAML on stdout
  spectap export -o api.yaml                      # of several hosts: api.yaml and api.HOST.yaml
  spectap export --host api.example.com -o api.yaml
  spectap export --merge-hosts --openapi 3.0 --format json -o api.json
  spectap export --into api.yaml                  # add what is new, keep what people wrote
  spectap export --required always-sent -o c.yaml # what all requests had is required, for generated clients
  spectap export --format compact                 # one line for each operation and type, for language models
  spectap export --db a.db --db b.db -o api.yaml  # the document of several captures
  spectap export --limit 500 --report             # the newest 500 flows; what was left out, and why
  spectap export --since 7d -o week.yaml          # what the API did in the last seven days`

// Exporting is one run of export.
type Exporting struct {
	P                 *cli.Program
	Request           catalog.Request
	Out, format, Into string
	unplaced          string
	report            bool
	evidence          bool
	required          string
	overlays          []string
	tags              []string    // learn only from flows with one of these
	merged            *openapi3.T // with into: the current document of the file
	plain             []byte      // the document that was written, without additions and overlays
	hosts             []string    // with into: the hosts of the flows
}

// NewExportCmd returns the command export.
func NewExportCmd(p *cli.Program) *cobra.Command {
	x := &Exporting{P: p}
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write the OpenAPI document of the captured traffic",
		Example: exportExample,
		RunE: func(cmd *cobra.Command, _ []string) error {
			format, err := x.check(cmd)
			if err != nil {
				return err
			}
			if err := x.run(cmd.Context(), format); err != nil || x.Into == "" {
				return err
			}
			return x.sayContradictions(cmd.Context())
		},
	}
	p.AddSessionFlag(cmd)
	cli.TakesSeveralDBs(cmd)
	cli.Annotate(cmd, hub.AnnotationModels)
	f := cmd.Flags()
	f.StringVar(&x.Request.Host, "host", "",
		"the `host` to describe, with its port unless that is the default of the scheme")
	f.BoolVar(&x.Request.MergeHosts, "merge-hosts", false, "describe all hosts as one API")
	f.StringVar(&x.Request.Version, "openapi", "3.1", "OpenAPI `version`: 3.0, 3.1 or 3.2")
	f.StringVar(&x.format, "format", "", "json, yaml or compact (default: by the file extension, else yaml)")
	p.AddOut(cmd, &x.Out, "write to this `file` (default: stdout); of several hosts, one file each")
	f.StringVar(&x.Into, "into", "",
		"add what traffic shows to this `document`, and keep what people wrote in it (-o writes the result to "+
			"another file)")
	f.StringVar(&x.unplaced, "unplaced", "",
		"with --into: also write what has no place in the document to this `file`, as JSON (- for stdout)")
	f.IntVar(&x.Request.Limit, "limit", 0, "use only the newest `N` flows")
	flagset.AddSince(f, &x.Request.Since, "use only flows of this `day` (2026-11-20, UTC) and later, or of the last time (12h, 7d)")
	f.StringVar(&x.Request.Title, "title", "", "`title` of the document (default: made from the host)")
	f.BoolVar(&x.Request.NoExamples, "no-examples", false, "leave out the examples of properties and parameters")
	f.StringVar(&x.required, "required", "proven",
		"what requests must have: proven (by refusals or varying requests), or always-sent (also what all of five "+
			"requests or more had, for generated clients)")
	f.BoolVar(&x.evidence, "evidence", false,
		"say of each operation how much traffic it rests on (x-spectap-evidence): counts and a confidence, no values")
	f.StringArrayVar(&x.overlays, "overlay", nil, overlayUsage)
	f.StringArrayVar(&x.tags, "tag", nil, "use only flows with this `tag` (repeatable: any of them)")
	f.BoolVar(&x.report, "report", false, "print on stderr how many flows were left out, and why")
	return cmd
}

var exportRules = []flagset.Rule{
	flagset.Exclude("host", "merge-hosts", ""),
	flagset.Need("unplaced", "into", ""),
	flagset.Exclude("openapi format title no-examples evidence required overlay", "into", "the existing document decides"),
	flagset.Exclude("evidence", "format compact", "the compact form has counts (n=)"),
	flagset.Exclude("required", "format compact", "the compact form says sent"),
	flagset.Exclude("no-examples", "format compact", "the compact form has no examples"),
	flagset.Exclude("overlay", "format compact", "the compact form is no document"),
}

// requireAlwaysSent is a value of --required, see [build.RequireAlwaysSent].
const requireAlwaysSent = "always-sent"

// check reports conflicting flags, and returns the format of the document.
func (x *Exporting) check(cmd *cobra.Command) (openapi.Format, error) {
	r := &x.Request
	if !slices.Contains(openapi.Versions, r.Version) {
		return "", cli.Usagef(cmd, "--openapi %q: must be %s", r.Version, cli.OneOf(openapi.Versions))
	}
	if x.required != "proven" && x.required != requireAlwaysSent {
		return "", cli.Usagef(cmd, "--required %q: must be proven or %s", x.required, requireAlwaysSent)
	}
	if err := flagset.Check(cmd, exportRules...); err != nil {
		return "", err
	}
	for _, tag := range x.tags {
		if err := flow.CheckTag(tag); err != nil {
			return "", cli.Usagef(cmd, "--tag %q: %w", tag, err)
		}
	}
	if r.Limit < 0 {
		return "", cli.Usagef(cmd, "--limit %d: must not be negative", r.Limit)
	}
	if x.format == cli.CompactFormat {
		return cli.CompactFormat, nil
	}
	format, err := cli.FormatFor(x.format, x.Out, cli.CompactFormat)
	if err != nil {
		return "", cli.Usagef(cmd, "%w", err)
	}
	return format, nil
}

func (x *Exporting) run(ctx context.Context, format openapi.Format) error {
	if x.Into == "" {
		if err := x.P.CheckOut("document", x.Out); err != nil {
			return err
		}
	}
	defer x.P.RelaxGC()()
	c, done, err := x.openTagged()
	if err != nil {
		return err
	}
	defer done()
	hosts, err := x.severalHosts(ctx, c)
	if err != nil {
		return x.explain(err)
	}
	if hosts == nil {
		return x.one(ctx, c, format)
	}
	for i, host := range hosts {
		one := *x
		if one.Request.Host = host; i > 0 {
			one.Out = cli.FreeFile(cli.HostFile(x.Out, host), cli.IsReplaceable)
		}
		if err := one.one(ctx, c, format); err != nil {
			return err
		}
	}
	SayOneServer(x.P, hosts, "spectap export", x.Out)
	return nil
}

// SayOneServer prints the command that writes one document of the hosts that are probably one
// server.
func SayOneServer(p *cli.Program, hosts []string, export, out string) {
	if name, same := catalog.OneServer(hosts); name != "" {
		p.Say("spectap: these may be one server: %s; %s describes one API", same, p.Copyable(export+" --host "+name+" -o "+cli.QuoteArg(out)))
	}
}

// severalHosts returns the hosts with operations if each gets a file of its own, or else nil. Each
// gets one with -o, unless a flag selects the content of the document.
func (x *Exporting) severalHosts(ctx context.Context, c *catalog.Catalog) (hosts []string, err error) {
	r := &x.Request
	if x.Out == "" || x.Out == "-" || x.Into != "" || r.Host != "" || r.MergeHosts || r.Limit > 0 || !r.Since.IsZero() {
		return nil, nil
	}
	all, err := c.Hosts(ctx)
	for _, h := range all {
		if h.Operations > 0 {
			hosts = append(hosts, h.Authority)
		}
	}
	if len(hosts) < 2 {
		return nil, err
	}
	return hosts, err
}

// one writes one document.
func (x *Exporting) one(ctx context.Context, c *catalog.Catalog, format openapi.Format) (err error) {
	var e *catalog.Document
	if x.Into != "" {
		x.Out = cmp.Or(x.Out, x.Into)
		e, err = x.Merge(ctx, c)
	} else if e, err = c.Document(ctx, x.Request); err == nil {
		err = x.write(ctx, e, format)
	}
	if err == nil && x.Request.Limit == 0 && x.Request.Since.IsZero() && x.P.Global.Session == "" {
		KeepDocument(ctx, x.P, e, x.plain)
	}
	if err != nil {
		return x.explain(err)
	}
	for _, u := range e.Decided.Unmatched {
		fmt.Fprintf(x.P.Stderr, "spectap: a correction no longer fits: %s\n", u)
	}
	if x.report {
		printReport(x.P.Stderr, e)
	}
	if x.Out != "" && x.Out != "-" {
		return x.P.Say("%s", x.Summary(e))
	}
	return nil
}

func (x *Exporting) write(ctx context.Context, e *catalog.Document, format openapi.Format) error {
	data, err := x.render(ctx, e, format)
	if err != nil {
		return err
	}
	if format == cli.CompactFormat && (x.Out == "" || x.Out == "-") && x.P.Columns() > 0 {
		return x.P.NewRows().Lines(string(data))
	}
	if format == cli.CompactFormat {
		return x.P.WriteOut(ctx, "document", x.Out, data)
	}
	return writeNoted(ctx, x.P, x.Out, data)
}

// render returns the bytes of a document.
func (x *Exporting) render(ctx context.Context, e *catalog.Document, format openapi.Format) ([]byte, error) {
	if format == cli.CompactFormat {
		form, err := compact.New(e.OpenAPI, compact.Options{Count: e.Decided.Counts()})
		if err != nil {
			return nil, err
		}
		return []byte(form.String()), nil
	}
	doc, err := x.additions(e)
	if err != nil {
		return nil, err
	}
	data, err := encodeDocument(doc, format)
	if err != nil {
		return nil, err
	}
	if doc == e.OpenAPI {
		x.plain = data
	}
	return applyOverlays(ctx, x.P, data, "the document", x.overlays)
}

// additions returns a copy of the document with the requested evidence and required members, or the
// document itself if none were requested. The document is shared and must not be changed.
func (x *Exporting) additions(e *catalog.Document) (*openapi3.T, error) {
	if !x.evidence && x.required != requireAlwaysSent {
		return e.OpenAPI, nil
	}
	doc, err := openapi.Copy(e.OpenAPI)
	if err != nil {
		return nil, err
	}
	if x.required == requireAlwaysSent {
		build.RequireAlwaysSent(doc)
	}
	if x.evidence {
		build.AddEvidence(doc, e.Decided)
	}
	return doc, nil
}

// SummaryOf returns one line about a document that was written to out.
func SummaryOf(e *catalog.Document, out string) string {
	return fmt.Sprintf("%s: %s and %s from %s", out, cli.Plural(len(e.Decided.Operations), "operation"),
		cli.Plural(len(e.Decided.Components), "schema"), sourceOf(e))
}

// Summary is SummaryOf for the document of this export. With --into it counts the operations of the
// file, then the learned ones.
func (x *Exporting) Summary(e *catalog.Document) string {
	if x.merged == nil {
		return SummaryOf(e, x.Out)
	}
	operations, schemas := 0, 0
	for _, item := range x.merged.Paths.Map() {
		operations += len(item.Operations())
	}
	if x.merged.Components != nil {
		schemas = len(x.merged.Components.Schemas)
	}
	return fmt.Sprintf("%s: %s and %s; %s from %s", x.Out, cli.Plural(operations, "operation"), cli.Plural(schemas, "schema"),
		cli.Plural(len(e.Decided.Operations), "operation"), sourceOf(e))
}

// sourceOf returns the number of flows of a document, and the number of flows left out.
func sourceOf(e *catalog.Document) string {
	left := int64(0)
	for _, x := range e.Decided.Excluded {
		left += x.Count
	}
	s := cli.Plural(int(e.Decided.Flows), "flow")
	if left > 0 {
		s += fmt.Sprintf(" (%d left out: %s)", left, Reasons(e.Decided.Excluded))
	}
	return s
}

// Reasons lists why flows were left out, with their numbers.
func Reasons(xs []infer.Exclusion) string {
	var texts []string
	for _, x := range xs {
		texts = append(texts, fmt.Sprintf("%d %s", x.Count, x.Reason))
	}
	return strings.Join(texts, ", ")
}

// printReport prints how many flows are in the document, and how many were left out for which
// reason.
func printReport(w io.Writer, e *catalog.Document) {
	in := e.Decided.Flows
	for _, x := range e.Decided.Excluded {
		in -= x.Count
	}
	fmt.Fprintf(w, "%8d flows\n%8d in %s\n", e.Decided.Flows, in, cli.Plural(len(e.Decided.Operations), "operation"))
	for _, x := range e.Decided.Excluded {
		fmt.Fprintf(w, "%8d left out: %s (%s)\n", x.Count, x.Reason, infer.ReasonText(x.Reason))
	}
	if n := len(e.Decided.Data); n > 0 {
		fmt.Fprintf(w, "%8d names withheld: not in several exchanges with different values, and may be data of a person\n", n)
	}
}
