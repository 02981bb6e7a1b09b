package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/openapi"
)

const exportExample = `  spectap export                                  # one host: YAML on stdout
  spectap export --host api.example.com -o api.yaml
  spectap export --merge-hosts --openapi 3.0 --format json -o api.json
  spectap export --into api.yaml                  # add what is new, keep what people wrote
  spectap export --limit 500 --report             # of the newest 500 flows; what was left out and why`

// collectSeldom has garbage collected less often, while there is memory for it: the process ends soon. GOGC and GOMEMLIMIT
// win. It returns what undoes it.
func collectSeldom() (restore func()) {
	const percent, most = 400, 200 << 20
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	was, limit := debug.SetGCPercent(percent), debug.SetMemoryLimit(most)
	return func() {
		debug.SetGCPercent(was)
		debug.SetMemoryLimit(limit)
	}
}

func newExportCmd(p *program) *cobra.Command {
	var r catalog.Request
	var out, format, into string
	var report, examples bool
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write the OpenAPI document of the captured traffic",
		Example: exportExample,
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if r.Host != "" && r.MergeHosts {
				return usagef(cmd, "--host and --merge-hosts exclude each other")
			}
			if r.Version != "3.0" && r.Version != "3.1" {
				return usagef(cmd, "--openapi %q: must be 3.0 or 3.1", r.Version)
			}
			if r.Limit < 0 {
				return usagef(cmd, "--limit %d: must not be negative", r.Limit)
			}
			for _, name := range []string{"openapi", "format", "title", "examples"} {
				if into != "" && cmd.Flags().Changed(name) {
					return usagef(cmd, "--%s and --into exclude each other: the document stays as it is", name)
				}
			}
			f, err := formatFor(format, out)
			if err != nil {
				return usagef(cmd, "%w", err)
			}
			defer collectSeldom()()
			c, done, err := p.openCatalog()
			if err != nil {
				return err
			}
			defer done()
			var e *catalog.Document
			if into != "" {
				if out == "" {
					out = into
				}
				e, err = p.exportInto(cmd.Context(), c, r, into, out)
			} else if e, err = c.Document(cmd.Context(), r); err == nil {
				if examples {
					err = openapi.AddExamples(e.OpenAPI)
				}
				if err == nil {
					err = p.writeDocument(out, e.OpenAPI, f)
				}
			}
			if err != nil {
				return err
			}
			for _, u := range e.Decided.Unfit {
				fmt.Fprintf(p.stderr, "spectap: a correction no longer fits: %s\n", u)
			}
			if report {
				printReport(p.stderr, e)
			}
			if out != "" && out != "-" {
				fmt.Fprintln(p.stderr, summaryOf(e, out))
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.Host, "host", "", "the `host` whose document to write, with its port where that is not the scheme's own")
	f.BoolVar(&r.MergeHosts, "merge-hosts", false, "one document of all hosts, as if they were one API")
	f.StringVar(&r.Version, "openapi", "3.1", "`version` of OpenAPI: 3.0 or 3.1")
	f.StringVar(&format, "format", "", "json or yaml (default: by the name of the file, else yaml)")
	f.StringVarP(&out, "out", "o", "", "write to this `file` (default: stdout)")
	f.StringVar(&into, "into", "", "add what traffic shows to this `document`, keep what people wrote in it (-o: write the result elsewhere)")
	f.IntVar(&r.Limit, "limit", 0, "learn from the newest `N` flows only")
	f.StringVar(&r.Title, "title", "", "`title` of the document (default: the host)")
	f.BoolVar(&examples, "examples", false, "give bodies examples, made up from their schemas: nothing captured is in them")
	f.BoolVar(&report, "report", false, "say on stderr how many flows were left out, and why")
	return cmd
}

// exportInto adds what traffic shows to a document that people edit.
func (p *program) exportInto(ctx context.Context, c *catalog.Catalog, r catalog.Request, into, out string) (*catalog.Document, error) {
	existing, err := os.ReadFile(into)
	if err != nil {
		return nil, &hint{fmt.Errorf("read document: %w", err), "spectap export -o " + quoteArg(into) + " to make it"}
	}
	if r.Version, err = openapi.VersionOf(existing); err != nil {
		return nil, fmt.Errorf("read document %s: %w", into, err)
	}
	if r.Version != "3.0" && r.Version != "3.1" {
		return nil, fmt.Errorf("merge into %s: it is %s; only 3.0 and 3.1 can be merged into", into, r.Version)
	}
	e, err := c.Document(ctx, r)
	if err != nil {
		return nil, err
	}
	merged, err := openapi.Into(existing, e.OpenAPI)
	if err != nil {
		return nil, fmt.Errorf("merge into %s: %w", into, err)
	}
	if out == "-" {
		_, err = p.stdout.Write(merged)
		return e, err
	}
	if err := writeFile(out, merged, 0o644); err != nil {
		return nil, &hint{fmt.Errorf("write document: %w", err), "another file with -o"}
	}
	return e, nil
}
