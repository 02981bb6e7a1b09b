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
	"github.com/spectap/spectap/openapi/router"
)

// ErrNoServer reports that neither the document nor the options say where the API is.
var ErrNoServer = errors.New("the document names no server to send to")

// setBaseURL sets where an operation is sent: the first server of the operation, its path or the
// document. A base URL without a path replaces the origin of that server. One with a path, even
// "/", replaces all of it.
func (b *builder) setBaseURL(op *operation, item *openapi3.PathItem) error {
	raw := b.serverURL(op, item)
	if b.o.BaseURL != "" {
		op.BaseURL = b.baseURL
		if u, err := url.Parse(raw); err == nil && b.isBaseOrigin {
			op.BaseURL += strings.TrimRight(path.Join("/", u.EscapedPath()), "/")
		}
		return nil
	}
	base, err := b.absoluteURL(raw)
	if err != nil {
		return err
	}
	op.BaseURL = base
	return nil
}

// serverURL returns the URL of the first server with its variables expanded; "/" is the default of
// OpenAPI.
func (b *builder) serverURL(op *operation, item *openapi3.PathItem) string {
	servers := b.doc.Servers
	if len(item.Servers) > 0 {
		servers = item.Servers
	}
	if op.doc.Servers != nil && len(*op.doc.Servers) > 0 {
		servers = *op.doc.Servers
	}
	for _, s := range servers {
		if s != nil {
			return expandVariables(s, b.o.ServerVariables)
		}
	}
	return "/"
}

// expandVariables replaces the variables of a server's URL with the given values, or with their
// defaults. Braces in a value stay: the result must not depend on an order of the variables. A URL
// that is or would become longer than [router.MaxServerURL] is left as it is.
func expandVariables(s *openapi3.Server, values map[string]string) string {
	if len(s.URL) > router.MaxServerURL {
		return s.URL
	}
	var pairs []string
	size := len(s.URL)
	for name, v := range s.Variables {
		if v == nil {
			continue
		}
		value, ok := values[name]
		if !ok {
			value = v.Default
		}
		if size += strings.Count(s.URL, "{"+name+"}") * len(value); size > router.MaxServerURL {
			return s.URL
		}
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(s.URL)
}

// absoluteURL resolves a server's URL against the document's own URL and applies the option Origin.
func (b *builder) absoluteURL(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", fmt.Errorf("%w: %s is not a URL", ErrNoServer, sanitize.Description(egress.WithoutUser(raw), 100))
	}
	if !u.IsAbs() && b.o.DocumentURL != "" {
		from, err := url.Parse(b.o.DocumentURL)
		if err != nil {
			return "", fmt.Errorf("%w: the document's own URL is invalid", ErrNoServer)
		}
		u = from.ResolveReference(u)
	}
	if b.o.Origin != "" {
		o, err := url.Parse(b.o.Origin)
		if err != nil {
			return "", fmt.Errorf("origin %s is not a URL", egress.WithoutUser(b.o.Origin))
		}
		u.Scheme, u.Host, u.User = o.Scheme, o.Host, nil
	}
	if _, err := egress.Origin(u); err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrNoServer, sanitize.Description(raw, 100), err)
	}
	u.RawQuery, u.Fragment = "", ""
	return strings.TrimRight(u.String(), "/"), nil
}

// originOf returns the origin of a URL, "" if it has none.
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
