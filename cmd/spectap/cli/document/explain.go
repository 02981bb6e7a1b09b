package document

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/internal/spelling"
)

// NewExplainCmd returns the command explain.
func NewExplainCmd(p *cli.Program) *cobra.Command {
	var r catalog.Request
	var weights bool
	cmd := &cobra.Command{
		Use:     "explain METHOD PATH | OPERATION-ID",
		Short:   "Show the evidence for one operation of the document",
		Example: "  spectap explain GET /users/42\n  spectap explain POST '/orders/{order_id}/cancel'\n  spectap explain listOrders",
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 1 && strings.HasPrefix(args[0], "/"):
				return cli.WithHint(cli.Misusef("the method is missing"), "spectap explain GET "+cli.QuoteArg(args[0]))
			case len(args) == 1:
				return nil
			}
			return cli.Exactly(2, "a method and a path")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && strings.Contains(args[0], " ") {
				args = strings.Fields(args[0]) // method and path in one quoted argument
			}
			c, done, err := p.OpenCatalog()
			if err != nil {
				return err
			}
			defer done()
			if len(args) == 1 {
				if args, err = explainedID(cmd.Context(), c, r, args[0]); err != nil {
					return err
				}
			}
			method, path := strings.ToUpper(args[0]), args[1]
			if u, err := url.Parse(path); err == nil && u.Host != "" { // a pasted URL
				path = cmp.Or(u.EscapedPath(), "/")
				if !r.MergeHosts {
					r.Host = cmp.Or(r.Host, u.Host)
				}
			}
			e, err := c.Explain(cmd.Context(), r, method, path)
			if err != nil {
				return explainHint(cmd.Context(), c, r, method, path, err)
			}
			if p.JSON {
				return printExplanation(p, *e)
			}
			var text strings.Builder
			e.WriteText(&text, weights)
			return p.NewRows().Lines(text.String())
		},
	}
	p.AddSessionFlag(cmd)
	cli.TakesSeveralDBs(cmd)
	cli.Annotate(cmd, hub.AnnotationModels)
	f := cmd.Flags()
	f.StringVar(&r.Host, "host", "", "the `host` of the operation")
	f.BoolVar(&r.MergeHosts, "merge-hosts", false, "explain the document of all hosts")
	flagset.AddSince(f, &r.Since, "learn only from flows of this `day` (2026-11-20, UTC) and later, or of the last time (12h, 7d)")
	f.IntVar(&r.Limit, "limit", 0, "learn from the newest `N` flows only")
	f.BoolVar(&weights, "weights", false, "print all evidence, with its weights in log-odds (docs/inference-paths.md)")
	p.AddJSON(cmd, "print JSON")
	return cmd
}

// listOperations is the hint for an unknown operation.
const listOperations = "spectap export --format compact   # lists the operations"

// explainedID returns the method and the path of an operationId.
func explainedID(ctx context.Context, c *catalog.Catalog, r catalog.Request, id string) ([]string, error) {
	doc, err := c.Document(ctx, r)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, op := range doc.Decided.Operations {
		if op.ID == id {
			return []string{op.Method, op.Path}, nil
		}
		ids = append(ids, op.ID)
	}
	try := listOperations
	if near := spelling.Nearest(id, ids); near != "" {
		try = "spectap explain " + near
	}
	return nil, cli.WithHint(fmt.Errorf("no operation is called %s", id), try)
}

// explainHint adds the operation that was probably meant to an error.
func explainHint(ctx context.Context, c *catalog.Catalog, r catalog.Request, method, path string, err error) error {
	doc, derr := c.Document(ctx, r)
	if derr != nil {
		return err // an error of the host or the store
	}
	if op := meantOperation(&doc.Decided, method, path); op != "" {
		return cli.WithHint(err, "spectap explain "+op)
	}
	return cli.WithHint(err, listOperations)
}

// printExplanation prints an explanation as JSON. An empty list is [], not null.
func printExplanation(p *cli.Program, e infer.Explanation) error {
	e.Findings = append([]infer.Finding{}, e.Findings...)
	for i := range e.Findings {
		f := &e.Findings[i]
		f.For, f.Against = append([]infer.Evidence{}, f.For...), append([]infer.Evidence{}, f.Against...)
	}
	return p.PrintIndentedJSON(e)
}

// meantOperation returns the operation of a document that a method and a path probably mean, as
// command-line arguments, or "".
func meantOperation(d *infer.Document, method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	var paths []string
	for _, op := range d.Operations {
		if op.Path == path {
			return op.Method + " " + cli.QuoteArg(path) // another method
		}
		paths = append(paths, op.Path)
	}
	near, other := spelling.Nearest(path, paths), ""
	for _, op := range d.Operations {
		meant := near
		if op.Path != near {
			meant = similarPath(op.Path, strings.TrimPrefix(path, amend.Prefix(d)))
		}
		switch {
		case meant == "":
		case op.Method == method:
			return method + " " + cli.QuoteArg(meant)
		case other == "":
			other = op.Method + " " + cli.QuoteArg(meant)
		}
	}
	return other
}

// similarPath returns a path whose segments are corrected to similar literals of a template, or ""
// if the path is not similar to the template.
func similarPath(template, path string) string {
	template, _, _ = strings.Cut(template, "#")
	want, segments := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(segments) {
		return ""
	}
	for i, w := range want {
		switch {
		case strings.Contains(w, "{") && segments[i] != "" || w == segments[i]:
		case spelling.Nearest(segments[i], []string{w}) == "":
			return ""
		default:
			segments[i] = w
		}
	}
	return strings.Join(segments, "/")
}
