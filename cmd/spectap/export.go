package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/compact"
)

const exportExample = `  spectap export                                  # one host: YAML on stdout
  spectap export --host api.example.com -o api.yaml
  spectap export --merge-hosts --openapi 3.0 --format json -o api.json
  spectap export --into api.yaml                  # add what is new, keep what people wrote
  spectap export --format compact                 # one line for each operation and type, for language models
  spectap export --watch -o api.yaml              # keep the file current while a proxy records
  spectap export --db a.db --db b.db -o api.yaml  # the document of several captures
  spectap export --limit 500 --report             # the newest 500 flows; what was left out, and why
  spectap export --since 7d -o week.yaml          # what the API did in the last seven days`

// relaxGC makes garbage collection rarer while memory use is low, since the process ends soon.
func (p *program) relaxGC() (restore func()) { return p.tuneGC(400, 96<<20) }

// exporting is one run of export.
type exporting struct {
	p                 *program
	request           catalog.Request
	out, format, into string
	unplaced          string
	report            bool
	examples          bool
	evidence          bool
	watch             bool
	tags              tagFlags
	noted             map[string]bool // with watch: lines that were printed and need no second time
	merged            *openapi3.T     // with into: the document that the file has now
	listed            []byte          // with unplaced: what that file has
}

func newExportCmd(p *program) *cobra.Command {
	x := &exporting{p: p}
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write the OpenAPI document of the captured traffic",
		Example: exportExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && x.out == "" && x.into == "" && meantStore(cmd, args) == "" {
				return &hint{&misuse{fmt.Errorf("spectap export takes no arguments, got %q", args[0])}, exportOnly(args[0])}
			}
			return exactly(0, "no arguments")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			format, err := x.check(cmd)
			if err != nil {
				return err
			}
			if x.watch {
				return x.follow(cmd.Context(), format)
			}
			return x.run(cmd.Context(), format)
		},
	}
	p.addSessionFlag(cmd)
	takesSeveralDBs(cmd)
	annotate(cmd, annotationModels)
	f := cmd.Flags()
	f.StringVar(&x.request.Host, "host", "",
		"the `host` to describe, with its port unless that is the default of the scheme")
	f.BoolVar(&x.request.MergeHosts, "merge-hosts", false, "describe all hosts as one API")
	f.StringVar(&x.request.Version, "openapi", "3.1", "OpenAPI `version`: 3.0 or 3.1")
	f.StringVar(&x.format, "format", "", "json, yaml or compact (default: by the file extension, else yaml)")
	f.StringVarP(&x.out, "out", "o", "", "write to this `file` (default: stdout)")
	f.StringVar(&x.into, "into", "",
		"add what traffic shows to this `document`, and keep what people wrote in it (-o writes the result to "+
			"another file)")
	f.StringVar(&x.unplaced, "unplaced", "",
		"with --into: also write what has no place in the document to this `file`, as JSON (- for stdout)")
	f.IntVar(&x.request.Limit, "limit", 0, "use only the newest `N` flows")
	addSince(f, &x.request.Since, "use only flows of this `day` (2026-11-20, UTC) and later, or of the last time (12h, 7d)")
	f.StringVar(&x.request.Title, "title", "", "`title` of the document (default: made from the host)")
	f.BoolVar(&x.examples, "examples", false,
		"add examples to bodies, generated from the schemas; they contain no captured values")
	f.BoolVar(&x.evidence, "evidence", false,
		"say of each operation how much traffic it rests on (x-spectap-evidence): counts and a confidence, no values")
	f.BoolVar(&x.watch, "watch", false,
		"write the file again whenever traffic changes the document, until interrupted; needs -o or --into")
	x.tags.addFlags(cmd)
	f.BoolVar(&x.report, "report", false, "print on stderr how many flows were left out, and why")
	return cmd
}

// check reports conflicting flags, and returns the format of the document.
func (x *exporting) check(cmd *cobra.Command) (openapi.Format, error) {
	r := &x.request
	if r.Host != "" && r.MergeHosts {
		return "", usagef(cmd, "--host and --merge-hosts exclude each other")
	}
	if r.Version != "3.0" && r.Version != "3.1" {
		return "", usagef(cmd, "--openapi %q: must be 3.0 or 3.1", r.Version)
	}
	if x.watch && x.into == "" && (x.out == "" || x.out == "-") {
		return "", usagef(cmd, "--watch needs a file to write: -o api.yaml, or --into")
	}
	if x.watch && len(x.p.global.moreDBs) > 0 {
		return "", usagef(cmd, "--watch takes one --db: the store that a proxy records to")
	}
	if x.watch && x.unplaced == "-" {
		return "", usagef(cmd, "--watch and --unplaced - exclude each other: --unplaced needs a file")
	}
	if x.unplaced != "" && x.into == "" {
		return "", usagef(cmd, "--unplaced needs --into")
	}
	if err := x.tags.check(cmd, x); err != nil {
		return "", err
	}
	if x.watch && !r.Since.IsZero() {
		return "", usagef(cmd, "--watch and --since exclude each other: the document would lose what gets older")
	}
	if r.Limit < 0 {
		return "", usagef(cmd, "--limit %d: must not be negative", r.Limit)
	}
	for _, name := range []string{"openapi", "format", "title", "examples", "evidence"} {
		if x.into != "" && cmd.Flags().Changed(name) {
			return "", usagef(cmd, "--%s and --into exclude each other: the existing document decides", name)
		}
	}
	if x.format == compactFormat {
		if x.evidence {
			return "", usagef(cmd, "--evidence and --format compact exclude each other: the compact form has counts (n=)")
		}
		if x.examples {
			return "", usagef(cmd, "--examples and --format compact exclude each other: the compact form has no examples")
		}
		return compactFormat, nil
	}
	format, err := formatFor(x.format, x.out, compactFormat)
	if err != nil {
		return "", usagef(cmd, "%w", err)
	}
	return format, nil
}

func (x *exporting) run(ctx context.Context, format openapi.Format) error {
	defer x.p.relaxGC()()
	st, c, done, err := x.openTagged()
	if err != nil {
		return err
	}
	defer done()
	var e *catalog.Document
	if x.into != "" {
		if x.out == "" {
			x.out = x.into
		}
		e, err = x.merge(ctx, c.Document)
	} else if e, err = c.Document(ctx, x.request); err == nil {
		if x.tags.add {
			e, err = x.withFlowTags(ctx, st, e)
		}
		if err == nil {
			err = x.write(ctx, e, format)
		}
	}
	if err == nil {
		x.p.keepExport(ctx, x.request, e)
	}
	if err != nil {
		return x.tags.explain(err)
	}
	x.printUnmatched(e)
	if x.report {
		printReport(x.p.stderr, e)
	}
	if x.out != "" && x.out != "-" {
		return x.p.say("%s", x.summary(e))
	}
	return nil
}

func (x *exporting) write(ctx context.Context, e *catalog.Document, format openapi.Format) error {
	data, err := x.render(e, format)
	if err != nil {
		return err
	}
	if format == compactFormat && (x.out == "" || x.out == "-") && x.p.columns() > 0 {
		return x.p.newRows().lines(string(data))
	}
	return x.p.writeOut(ctx, "document", x.out, data)
}

// render returns the bytes of a document.
func (x *exporting) render(e *catalog.Document, format openapi.Format) ([]byte, error) {
	if format == compactFormat {
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
	return encodeDocument(doc, format)
}

// printUnmatched lists corrections that fit nothing.
func (x *exporting) printUnmatched(e *catalog.Document) {
	for _, u := range e.Decided.Unmatched {
		x.note(fmt.Sprintf("spectap: a correction no longer fits: %s", u))
	}
}

// note prints a line on stderr; with --watch once.
func (x *exporting) note(line string) {
	if x.watch {
		if x.noted[line] || len(x.noted) >= maxNoted {
			return
		}
		x.noted[line] = true
	}
	fmt.Fprintln(x.p.stderr, line)
}

// additions returns a copy of the document, which others share, with the evidence and the examples
// that were asked for; the document itself if none were.
func (x *exporting) additions(e *catalog.Document) (*openapi3.T, error) {
	if !x.evidence && !x.examples {
		return e.OpenAPI, nil
	}
	doc, err := openapi.Copy(e.OpenAPI)
	if err != nil {
		return nil, err
	}
	if x.evidence {
		build.AddEvidence(doc, e.Decided)
	}
	if x.examples {
		if err := build.AddExamples(doc); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// compactFormat is the format of export that no command reads.
const compactFormat = "compact"

// exportOnly returns what was meant by an argument of export: a filter, of which it has the flags
// --host and --tag, or a file.
func exportOnly(arg string) string {
	for _, field := range []string{"host", "tag"} {
		if value, ok := strings.CutPrefix(arg, field+":"); ok && value != "" {
			return "spectap export --" + field + " " + quoteArg(value)
		}
	}
	if field, _, ok := strings.Cut(arg, ":"); ok && isField(field) {
		return "spectap export --help   # it has --host, --tag, --session and --since in place of a filter"
	}
	return "spectap export -o " + quoteArg(arg)
}
