package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
)

func newExplainCmd(p *program) *cobra.Command {
	var r catalog.Request
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "explain METHOD PATH | OPERATION-ID",
		Short:   "Show the evidence for one operation of the document",
		Example: "  spectap explain GET /users/42\n  spectap explain POST '/orders/{order_id}/cancel'\n  spectap explain listOrders",
		Args:    explainArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && strings.Contains(args[0], " ") {
				args = strings.Fields(args[0]) // in quotes
			}
			if len(args) == 2 && strings.Contains(args[0], "/") && !strings.Contains(args[1], "/") {
				return &hint{&misuse{errors.New("the method comes before the path")},
					"spectap explain " + strings.ToUpper(args[1]) + " " + quoteArg(args[0])}
			}
			c, done, err := p.openCatalog()
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
			if u, err := url.Parse(path); err == nil && u.Host != "" { // copied from elsewhere
				path = cmp.Or(u.EscapedPath(), "/")
				if !r.MergeHosts {
					r.Host = cmp.Or(r.Host, u.Host)
				}
			}
			e, err := c.Explain(cmd.Context(), r, method, path)
			if err != nil {
				return explainHint(cmd.Context(), c, r, method, path, err)
			}
			if asJSON {
				return p.printIndentedJSON(explanationJSON(e))
			}
			var text strings.Builder
			e.WriteText(&text)
			return p.newRows().lines(text.String())
		},
	}
	p.addSessionFlag(cmd)
	takesSeveralDBs(cmd)
	annotate(cmd, annotationModels)
	f := cmd.Flags()
	f.StringVar(&r.Host, "host", "", "the `host` of the operation")
	f.BoolVar(&r.MergeHosts, "merge-hosts", false, "explain the document of all hosts")
	addSince(f, &r.Since, "learn only from flows of this `day` (2026-11-20, UTC) and later, or of the last time (12h, 7d)")
	f.IntVar(&r.Limit, "limit", 0, "learn from the newest `N` flows only")
	addJSON(cmd, &asJSON)
	return cmd
}

// explainArgs accepts a method and a path, or an operationId.
func explainArgs(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 1 && strings.HasPrefix(args[0], "/"):
		return &hint{&misuse{errors.New("the method is missing")}, "spectap explain GET " + quoteArg(args[0])}
	case len(args) == 1:
		return nil
	}
	return exactly(2, "a method and a path")(cmd, args)
}

// explainedID returns the method and the path of an operationId.
func explainedID(ctx context.Context, c *catalog.Catalog, r catalog.Request, id string) ([]string, error) {
	doc, err := c.Document(ctx, r)
	if err != nil {
		return nil, err
	}
	method, path, ok := operationNamed(&doc.Decided, id)
	switch {
	case ok:
		return []string{method, path}, nil
	case path != "":
		return nil, &hint{fmt.Errorf("no operation is called %s", id), "spectap explain " + method + " " + quoteArg(path)}
	}
	return nil, &hint{fmt.Errorf("no operation is called %s", id), "spectap export --format compact   # lists the operations"}
}

// explainHint adds the operation that was meant to an error.
func explainHint(ctx context.Context, c *catalog.Catalog, r catalog.Request, method, path string, err error) error {
	doc, derr := c.Document(ctx, r)
	if derr != nil {
		return err // of the host or the store
	}
	if op := meantOperation(&doc.Decided, method, path); op != "" {
		return &hint{err, "spectap explain " + op}
	}
	return &hint{err, "spectap export --format compact   # lists the operations"}
}

// explanationJSON is an explanation for programs.
func explanationJSON(e *infer.Explanation) any {
	type evidence struct {
		Text   string  `json:"text"`
		Weight float64 `json:"weight"` // log-odds; 0 if the evidence is not weighed
		Count  int64   `json:"count"`
	}
	type finding struct {
		About    string     `json:"about"`
		Subject  string     `json:"subject"`
		Result   string     `json:"result"`
		For      []evidence `json:"for"`
		Against  []evidence `json:"against"`
		Supports int64      `json:"supports"`
		Opposes  int64      `json:"opposes"`
	}
	list := func(all []infer.Evidence) []evidence {
		out := make([]evidence, len(all))
		for i, v := range all {
			out[i] = evidence(v)
		}
		return out
	}
	out := struct {
		Method   string    `json:"method"`
		Path     string    `json:"path"`
		ID       string    `json:"operation_id"`
		Seen     int64     `json:"flows"`
		Batched  int64     `json:"batched"`
		Excluded string    `json:"left_out"` // "" if the document has the operation
		Findings []finding `json:"findings"`
	}{e.Method, e.Path, e.ID, e.Seen, e.Batched, e.Excluded, make([]finding, len(e.Findings))}
	for i, f := range e.Findings {
		out.Findings[i] = finding{f.About, f.Subject, f.Result, list(f.For), list(f.Against), f.Supports, f.Opposes}
	}
	return out
}
