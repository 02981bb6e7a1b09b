package merge

import (
	"strings"

	"github.com/spectap/spectap/gateway/jsonrpc"
	"github.com/spectap/spectap/gateway/rawjson"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// route returns the server of a request, and the request as that server knows it. It returns nil if
// there is none.
func (g *Merger) route(m *jsonrpc.Message) (*leg, *jsonrpc.Message) {
	params, err := rawjson.Split(m.Params)
	if err != nil {
		return nil, nil
	}
	switch m.Method {
	case "tools/call", "prompts/get":
		l, name := g.byName(rawjson.String(rawjson.Get(params, "name")))
		if l == nil {
			return nil, nil
		}
		return l, jsonrpc.WithParams(m, rawjson.Set(params, "name", jsonvalue.Encode(name)))
	case "resources/read", "resources/subscribe", "resources/unsubscribe":
		return g.owner(rawjson.String(rawjson.Get(params, "uri")), params), m
	case "completion/complete":
		ref, err := rawjson.Split(rawjson.Get(params, "ref"))
		if err != nil {
			return nil, nil
		}
		if uri := rawjson.Get(ref, "uri"); uri != nil {
			return g.owner(rawjson.String(uri), params), m
		}
		l, name := g.byName(rawjson.String(rawjson.Get(ref, "name")))
		if l == nil {
			return nil, nil
		}
		return l, jsonrpc.WithParams(m, rawjson.Set(params, "ref", rawjson.Join(rawjson.Set(ref, "name", jsonvalue.Encode(name)))))
	}
	return nil, nil
}

// byName returns the server of a tool or prompt, and its name there.
func (g *Merger) byName(name string) (*leg, string) {
	for _, l := range g.legs {
		if rest, ok := strings.CutPrefix(name, l.Prefix); ok && rest != "" {
			return l, rest
		}
	}
	return nil, ""
}

// owner returns the server of a resource: the one that lists it, or else the one with a template
// that begins like it. It is nil if there is none, or several. like are the parameters of a request
// of the client, whose _meta stateless revisions require.
func (g *Merger) owner(uri string, like []rawjson.Member) *leg {
	if l := g.known(uri); l != nil {
		return l
	}
	var params []rawjson.Member
	if meta := rawjson.Get(like, "_meta"); meta != nil {
		params, _ = rawjson.Split(jsonrpc.WithoutToken(rawjson.Join([]rawjson.Member{{Name: "_meta", Value: meta}})))
	}
	for _, method := range []string{"resources/list", "resources/templates/list"} {
		g.lists(g.ctx, method, params)
	}
	return g.known(uri)
}

func (g *Merger) known(uri string) *leg {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l := g.owners[uri]; l != nil {
		return l
	}
	var found *leg
	longest := 0
	for template, l := range g.owners {
		head, _, isTemplate := strings.Cut(template, "{")
		switch {
		case !isTemplate || head == "" || !strings.HasPrefix(uri, head) || len(head) < longest:
		case len(head) == longest && l != found:
			found = nil
		default:
			found, longest = l, len(head)
		}
	}
	return found
}
