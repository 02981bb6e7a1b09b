package gateway

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/gateway/jsonrpc"
	"github.com/spectap/spectap/gateway/rawjson"
)

// carried are members of _meta that no person has to judge: the protocol's own, and those of traces
// with a fixed form. Many clients add others that differ in each call.
var carried = []string{"progressToken", "traceparent"}

const protocolMeta = "io.modelcontextprotocol/"

// shown returns a call as it is sent once people have approved it, and what it sends beside its
// arguments, which they must see as well: the answers to a server's questions, its state, and
// members that nobody knows. Of _meta only the protocol's own members are sent.
func shown(m *jsonrpc.Message) (sent *jsonrpc.Message, beside string) {
	members, err := rawjson.Split(m.Params)
	if err != nil {
		return m, "" // it is refused
	}
	var others, kept []rawjson.Member
	for _, p := range members {
		if p.Name != "name" && p.Name != "arguments" && p.Name != "_meta" {
			others = append(others, p)
		}
	}
	if len(others) > 0 {
		beside = "beside the arguments, it sends " + string(rawjson.Join(others))
	}
	meta := rawjson.Get(members, "_meta")
	if meta == nil {
		return m, beside
	}
	own, _ := rawjson.Split(meta) // none if it is no object
	for _, p := range own {
		if isCarried(p.Name) {
			kept = append(kept, p)
		}
	}
	switch {
	case len(kept) == len(own) && meta.Kind() == '{':
		return m, beside
	case len(kept) == 0:
		members = rawjson.Without(members, "_meta")
	default:
		members = rawjson.Set(members, "_meta", jsontext.Value(rawjson.Join(kept)))
	}
	return jsonrpc.WithParams(m, members), beside
}

func isCarried(name string) bool {
	return slices.Contains(carried, name) || strings.HasPrefix(name, protocolMeta)
}
