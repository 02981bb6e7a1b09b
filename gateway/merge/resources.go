package merge

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
)

// A resource belongs to at most one server. URIs have no prefix that identifies the server: the
// owner follows from the configuration, or else from the servers' lists. Requests for a URI always
// go to the same server; if servers conflict, a request is refused.

// claim records the servers that list a resource or template.
type claim struct {
	backend *backend
	rival   *backend // another server that also lists it, or nil
}

// The bounds of a merger's memory.
const (
	maxClaims = 100_000
	maxServed = 100_000
)

// claim records the resources that a server lists. A server that does not run is not asked; its
// resources are unknown.
func (g *Merger) claim(be *backend, method string, list []jsontext.Value, answered bool) {
	key := subject.Lists[method].Name
	if key == "name" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if answered {
		be.listed = true
	}
	for _, e := range list {
		name := rawjson.String(rawjson.At(e, key))
		if name == "" || !g.mayHave(be, name) {
			continue
		}
		c, known := g.claims[name]
		switch {
		case !known && len(g.claims) < maxClaims:
			g.claims[name] = claim{backend: be}
		case known && c.backend != be && c.rival == nil:
			g.claims[name] = claim{c.backend, be}
			g.log.Warn("two servers have the same resource: it is used of neither until the configuration says whose it is (resources)",
				"uri", enforce.Clip(name), "first", c.backend.Name, "second", be.Name)
		}
	}
}

// mayHave reports whether the configuration lets a server have a resource or template.
func (g *Merger) mayHave(be *backend, uri string) bool {
	if len(be.Resources) > 0 {
		return be.isConfigured(uri)
	}
	return !slices.ContainsFunc(g.backends, func(o *backend) bool { return o.isConfigured(uri) })
}

// isConfigured reports whether the configuration says that a server has a resource.
func (be *backend) isConfigured(uri string) bool {
	return slices.ContainsFunc(be.Resources, func(p string) bool { return policy.MatchName(p, uri) })
}

// isOf reports whether a list shows a server's resource or template.
func (g *Merger) isOf(be *backend, uri string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.claims[uri]
	return c.backend == be && c.rival == nil
}

// owner returns the server of a resource, or nil: the one that the configuration names, or that
// lists it, or else the one with a template that may expand to it. It returns an error if there are
// several, or if an earlier request went to another server. like are the parameters of a request of
// the client, whose _meta stateless revisions require.
func (g *Merger) owner(uri string, like []rawjson.Member) (*backend, error) {
	be, err := g.known(uri)
	if be == nil && err == nil {
		var params []rawjson.Member
		if meta := rawjson.Get(like, "_meta"); meta != nil {
			params, _ = rawjson.Split(jsonrpc.WithoutToken(rawjson.Join([]rawjson.Member{{Name: "_meta", Value: meta}})))
		}
		for _, method := range []string{"resources/list", "resources/templates/list"} {
			g.lists(g.ctx, method, params)
		}
		be, err = g.known(uri)
	}
	if be == nil || err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch before := g.served[uri]; {
	case before != nil && before != be:
		return nil, several(before, be)
	case before == nil && len(g.served) >= maxServed:
		return nil, errors.New("too many resources were asked for in this session: begin a new one")
	case before == nil:
		g.served[uri] = be
		g.warnOfAbsent(be, uri)
	}
	return be, nil
}

// warnOfAbsent logs that a server which does not run may have a resource that another one serves.
// The caller holds g.mu.
func (g *Merger) warnOfAbsent(be *backend, uri string) {
	for _, o := range g.backends {
		if o != be && !o.listed && len(o.Resources) == 0 && !be.isConfigured(uri) && o.why() != nil {
			g.log.Warn("a resource is asked of a server while another one, which may have it too, does not run",
				"uri", enforce.Clip(uri), "server", be.Name, "absent", o.Name)
		}
	}
}

// several is the error for a resource that two servers have.
func several(a, b *backend) error {
	return fmt.Errorf("the MCP servers %s and %s both have this resource: the configuration of the gateway must say whose it is (resources)", a.Name, b.Name)
}

// known returns the server of a resource if it is known without a request.
func (g *Merger) known(uri string) (found *backend, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, be := range g.backends {
		switch {
		case !be.isConfigured(uri):
		case found != nil:
			return nil, several(found, be)
		default:
			found = be
		}
	}
	if found != nil {
		return found, nil
	}
	if c, ok := g.claims[uri]; ok {
		if c.rival != nil {
			return nil, several(c.backend, c.rival)
		}
		return c.backend, nil
	}
	for template, c := range g.claims {
		head, _, isTemplate := strings.Cut(template, "{") // without a head, it might be any server's
		if !isTemplate || head == "" || !strings.HasPrefix(uri, head) || !subject.MayExpandTo(template, uri) || !g.mayHave(c.backend, uri) {
			continue
		}
		for _, be := range []*backend{c.backend, c.rival} {
			switch {
			case be == nil || be == found:
			case found != nil:
				return nil, several(found, be)
			default:
				found = be
			}
		}
	}
	return found, nil
}
