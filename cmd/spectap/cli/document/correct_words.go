package document

import (
	"cmp"
	"context"
	"strings"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/spelling"
)

// meant suggests what to try if a correction fits nothing: the path prefixed with the path of the
// server, which documents omit from their paths, or a similar path or component.
func (c *correcting) meant(ctx context.Context, cat *catalog.Catalog, hosts []infer.HostSummary, have *correction.Corrections) string {
	for _, h := range hosts {
		if c.host != "" && h.Authority != c.host {
			continue
		}
		d, err := cat.Preview(ctx, catalog.Request{Hosts: []string{h.Authority}}, have)
		if err != nil {
			continue
		}
		path := c.withServer(&d.Decided)
		if words := c.similar(&d.Decided, cmp.Or(path, c.path)); words != "" {
			return cli.QuoteArg(words)
		}
		if path != "" {
			return cli.QuoteArg(path) + "   # with the path of the server; or --anyway, for traffic that is still to come"
		}
	}
	return "--anyway, for traffic that is still to come"
}

// withServer returns the path prefixed with the path of the server, or "".
func (c *correcting) withServer(d *infer.Document) string {
	method, path := cutMethod(c.path)
	prefix := amend.Prefix(d)
	if !strings.HasPrefix(path, "/") || prefix == "" || strings.HasPrefix(path, prefix+"/") {
		return ""
	}
	return method + prefix + path
}

// cutMethod removes the method and a space from the subject of a correction.
func cutMethod(about string) (method, rest string) {
	if m, rest, ok := strings.Cut(about, " "); ok && correction.MethodName.MatchString(m) {
		return m + " ", rest
	}
	return "", about
}

// similar returns the subject of a correction with an unknown path or component replaced by a
// similar one, or "".
func (c *correcting) similar(d *infer.Document, about string) string {
	if c.kind == overrides.LeaveOut { // a pattern
		return ""
	}
	method, rest := cutMethod(about)
	name, rest, _ := strings.Cut(rest, " ")
	near := ""
	if strings.HasPrefix(name, "/") {
		for i := range d.Operations {
			meant := similarPath(amend.Prefix(d)+d.Operations[i].Path, name)
			near = cmp.Or(near, meant, similarPath(d.Operations[i].Path, name))
			if meant == name {
				return ""
			}
		}
	} else {
		var known []string
		for i := range d.Components {
			known = append(known, d.Components[i].Name)
		}
		near = spelling.Nearest(name, known)
	}
	if near == "" || near == name {
		return ""
	}
	return strings.TrimSpace(method + near + " " + rest)
}
