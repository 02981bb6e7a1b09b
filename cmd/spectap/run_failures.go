package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/store"
)

// sayNoOperation says why there is no document for a host that has flows.
func (p *program) sayNoOperation(ctx context.Context, c *catalog.Catalog, h infer.HostSummary) error {
	e, err := c.Document(ctx, catalog.Request{Host: h.Authority})
	if err != nil {
		return err
	}
	why := ""
	for i, x := range e.Decided.Excluded {
		why += fmt.Sprintf("%s %d %s", []string{":", ","}[min(i, 1)], x.Count, infer.ReasonText(x.Reason))
	}
	fmt.Fprintf(p.stderr, "spectap: %s: %s and no operation, so no document%s\n", h.Authority, plural(int(h.Flows), "flow"), why)
	return nil
}

// sayFailures prints the error of the last flow to each of these hosts, if it has one. Nothing that
// the session recorded depends on it, so a store that cannot be read is no error.
func (p *program) sayFailures(ctx context.Context, hosts []string) {
	if p.hub != nil || len(hosts) == 0 {
		return
	}
	st, err := p.openAt(p.dbPath(), store.Options{ReadOnly: true})
	if err != nil {
		return
	}
	defer st.Close()
	red, err := p.redactor(ctx, st)
	if err != nil {
		return
	}
	for _, host := range hosts {
		for f, err := range st.Reader().Scan(ctx, store.Query{Authority: host, Newest: true, Limit: 1, NoBodies: true}) {
			if err != nil || f.Err == "" {
				break
			}
			fmt.Fprintf(p.stderr, "spectap: %s\n", red.Text(f.Err))
			if strings.Contains(f.Err, capture.Untrusted) {
				p.sayTry("--upstream-ca FILE, the CA that signed it, or --insecure-upstream %s", quoteArg(host))
			}
		}
	}
}

// sayHandedOn names flags of run behind the name of the command, which got them. A command that
// wrote the file of -o or --out meant that flag itself.
func (p *program) sayHandedOn(args []string) {
	for i, a := range args[1:] {
		name, value, joined := strings.Cut(a, "=")
		if !joined && i+2 < len(args) {
			value = args[i+2]
		}
		ext := strings.ToLower(filepath.Ext(value))
		if !slices.Contains([]string{"-o", "--out", "--into"}, name) || !slices.Contains([]string{".yaml", ".yml", ".json"}, ext) {
			continue
		}
		if _, err := os.Stat(value); err == nil && name != "--into" {
			continue
		}
		fmt.Fprintf(p.stderr, "spectap: %s %s was given to %s; flags of spectap run come before the command\n", name, value, args[0])
		p.sayTry("spectap run %s %s -- %s …", name, quoteArg(value), quoteArg(args[0]))
		return
	}
}
