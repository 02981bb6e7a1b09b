package main

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/spelling"
)

// meant says what to try if a correction fits nothing: the path with that of the server, which
// documents leave out of their paths, or a similar name.
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
		if words := cmp.Or(c.dotted(&d.Decided), c.similar(&d.Decided, cmp.Or(path, c.path))); words != "" {
			return quoteArg(words)
		}
		if path != "" {
			return quoteArg(path) + "   # with the path of the server; or --anyway, for traffic that is still to come"
		}
	}
	return "--anyway, for traffic that is still to come"
}

// dotted returns a value that was written as in programs, User.address.city, as corrections have
// it: User /address/city. It returns "" if no schema has the name.
func (c *correcting) dotted(d *infer.Document) string {
	name, rest, ok := strings.Cut(c.path, ".")
	w := &correctWords{d: d, kind: c.kind}
	if !ok || !slices.ContainsFunc(w.after(nil), func(k candidate) bool { return k.value == name }) {
		return ""
	}
	value := name + " /" + strings.ReplaceAll(rest, ".", "/")
	return cmp.Or(c.similar(d, value), value)
}

// withServer returns the path with that of the server, or "".
func (c *correcting) withServer(d *infer.Document) string {
	method, path := "", c.path
	if m, rest, ok := strings.Cut(path, " "); ok && correction.MethodName.MatchString(m) {
		method, path = m+" ", rest
	}
	if !strings.HasPrefix(path, "/") || len(d.Servers) == 0 {
		return ""
	}
	server, err := url.Parse(d.Servers[0])
	if err != nil {
		return ""
	}
	prefix := strings.TrimSuffix(server.Path, "/")
	if prefix == "" || strings.HasPrefix(path, prefix+"/") {
		return ""
	}
	return method + prefix + path
}

// similar returns what a correction is about with its first unknown word replaced by a similar one,
// or "".
func (c *correcting) similar(d *infer.Document, about string) string {
	if c.kind == overrides.LeaveOut { // a pattern
		return ""
	}
	w := &correctWords{d: d, kind: c.kind}
	prefix := amend.Prefix(d)
	words := strings.Fields(about)
	for i, word := range words {
		var known []string
		for _, k := range w.after(words[:i]) {
			known = append(known, k.value)
		}
		if len(known) == 0 || slices.Contains(known, word) {
			continue
		}
		near := ""
		if strings.HasPrefix(word, "/") {
			near = similarPathOf(known, word, prefix)
		} else {
			near = spelling.Nearest(word, known)
		}
		switch near {
		case "":
			return ""
		case word:
			continue
		}
		words[i] = near
		return strings.Join(words, " ")
	}
	return ""
}

// similarPathOf returns a path or pointer as it is if it is known, else with the literals of a
// similar known one, or "".
func similarPathOf(known []string, path, prefix string) (similar string) {
	for _, k := range known {
		near := similarPath(k, path)
		if below, ok := strings.CutPrefix(path, prefix); ok && near == "" {
			if near = similarPath(k, below); near != "" {
				near = prefix + near
			}
		}
		if near == path {
			return path
		}
		similar = cmp.Or(similar, near)
	}
	return similar
}
