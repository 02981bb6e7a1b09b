package merge

import (
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// route returns the server of a request, and the request as that server knows it. It returns or
// nil. The error says why none of several gets it.
func (g *Merger) route(m *jsonrpc.Message) (*backend, *jsonrpc.Message, error) {
	params, err := rawjson.Split(m.Params)
	if err != nil {
		return nil, nil, nil
	}
	switch m.Method {
	case "tools/call", "prompts/get":
		be, name := g.byName(rawjson.String(rawjson.Get(params, "name")))
		if be == nil {
			return nil, nil, nil
		}
		return be, jsonrpc.WithParams(m, rawjson.Set(params, "name", jsonvalue.Encode(name))), nil
	case "resources/read", "skills/get", "resources/subscribe", "resources/unsubscribe":
		be, err := g.owner(rawjson.String(rawjson.Get(params, "uri")), params)
		return be, m, err
	case "completion/complete":
		ref, err := rawjson.Split(rawjson.Get(params, "ref"))
		if err != nil {
			return nil, nil, nil
		}
		if uri := rawjson.Get(ref, "uri"); uri != nil {
			be, err := g.owner(rawjson.String(uri), params)
			return be, m, err
		}
		be, name := g.byName(rawjson.String(rawjson.Get(ref, "name")))
		if be == nil {
			return nil, nil, nil
		}
		return be, jsonrpc.WithParams(m, rawjson.Set(params, "ref", rawjson.Join(rawjson.Set(ref, "name", jsonvalue.Encode(name))))), nil
	}
	return nil, nil, nil
}

// byName returns the server of a tool or prompt, and its name there.
func (g *Merger) byName(name string) (*backend, string) {
	for _, be := range g.backends {
		if rest, ok := strings.CutPrefix(name, be.Prefix); ok && rest != "" {
			return be, rest
		}
	}
	return nil, ""
}
