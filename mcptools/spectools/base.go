package spectools

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// ErrNoServer says that the document does not tell where the API is, and nobody else did.
var ErrNoServer = errors.New("the document names no server to send to")

// server decides where an operation is sent: the first server of the operation, its path or the document. A base URL
// without a path takes the place of that server's origin, and its path stays; one with a path, be it "/", takes the
// place of all of it.
func (b *builder) server(op *operation, item *openapi3.PathItem) error {
	raw := b.serverURL(op, item)
	if b.o.BaseURL != "" {
		op.base = b.base
		if u, err := url.Parse(raw); err == nil && b.bare {
			op.base += strings.TrimRight(path.Join("/", u.EscapedPath()), "/")
		}
		return nil
	}
	base, err := b.absolute(raw)
	if err != nil {
		return err
	}
	op.base = base
	return nil
}

// serverURL is the first server's, variables filled in.
func (b *builder) serverURL(op *operation, item *openapi3.PathItem) string {
	servers := b.doc.Servers
	if len(item.Servers) > 0 {
		servers = item.Servers
	}
	if op.op.Servers != nil && len(*op.op.Servers) > 0 {
		servers = *op.op.Servers
	}
	for _, s := range servers {
		if s != nil {
			return expand(s, b.o.ServerVariables)
		}
	}
	return "/"
}

// expand fills in a server's variables: the values given, else their defaults.
func expand(s *openapi3.Server, values map[string]string) string {
	raw := s.URL
	for name, v := range s.Variables {
		if v == nil {
			continue
		}
		value, ok := values[name]
		if !ok {
			value = v.Default
		}
		raw = strings.ReplaceAll(raw, "{"+name+"}", value)
	}
	return raw
}

// absolute makes a server's URL one that requests can be sent to.
func (b *builder) absolute(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", fmt.Errorf("%w: %s is not a URL", ErrNoServer, sanitize.Description(raw, 100))
	}
	if !u.IsAbs() && b.o.DocumentURL != "" {
		from, err := url.Parse(b.o.DocumentURL)
		if err != nil {
			return "", fmt.Errorf("%w: the document's own URL is none", ErrNoServer)
		}
		u = from.ResolveReference(u)
	}
	if b.o.Origin != "" {
		o, err := url.Parse(b.o.Origin)
		if err != nil {
			return "", fmt.Errorf("origin %s is not a URL", b.o.Origin)
		}
		u.Scheme, u.Host, u.User = o.Scheme, o.Host, nil
	}
	if _, err := egress.Origin(u); err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrNoServer, sanitize.Description(raw, 100), err)
	}
	u.RawQuery, u.Fragment = "", ""
	return strings.TrimRight(u.String(), "/"), nil
}

// originOf is the origin of a base URL.
func originOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	o, err := egress.Origin(u)
	if err != nil {
		return ""
	}
	return o
}
