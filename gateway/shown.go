package gateway

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// carried are members of _meta that no person has to judge, because their form bounds their
// content. Each function returns the member to send, or nil if it has another form. Many clients
// add other members, which differ in each call.
var carried = map[string]func(jsontext.Value) jsontext.Value{
	"progressToken":          formed(`^(-?[0-9]{1,18}|"[A-Za-z0-9_.:/-]{1,64}")$`),
	"traceparent":            formed(`^"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"$`), // W3C Trace Context, 3.2
	jsonrpc.MetaVersion:      formed(`^"[0-9]{4}-[0-9]{2}-[0-9]{2}"$`),
	jsonrpc.MetaLevel:        formed(`^"[a-z]{1,10}"$`),
	jsonrpc.MetaClient:       clientInfo,
	jsonrpc.MetaCapabilities: clientCapabilities,
}

// formed returns a function for values whose text matches.
func formed(pattern string) func(jsontext.Value) jsontext.Value {
	re := lazyregexp.New(pattern)
	return func(v jsontext.Value) jsontext.Value {
		if !re.MatchString(string(v)) {
			return nil
		}
		return v
	}
}

// clientInfo keeps the name and the version of a client, which a server must know.
func clientInfo(v jsontext.Value) jsontext.Value {
	members, err := rawjson.Split(v)
	if err != nil {
		return nil
	}
	word := formed(`^"[A-Za-z0-9 _.:/@()+-]{1,64}"$`)
	return rawjson.Join(slices.DeleteFunc(members, func(m rawjson.Member) bool {
		return m.Name != "name" && m.Name != "version" || word(m.Value) == nil
	}))
}

// clientCapabilities accepts nested objects and booleans.
func clientCapabilities(v jsontext.Value) jsontext.Value {
	var isFlags func(v any) bool
	isFlags = func(v any) bool {
		if _, ok := v.(bool); ok {
			return true
		}
		object, ok := v.(map[string]any)
		for name, e := range object {
			ok = ok && capabilityName.MatchString(name) && isFlags(e)
		}
		return ok
	}
	if len(v) > maxCapabilities || !isFlags(jsonvalue.Decode(v)) {
		return nil
	}
	return v
}

// capabilityName matches the names in capabilities, whose text has at most maxCapabilities bytes.
var capabilityName = lazyregexp.New(`^[A-Za-z0-9_./-]{1,64}$`)

const maxCapabilities = 2 << 10

// shown returns a call as it is sent after its approval, and the content that it sends in addition
// to its arguments, which approvers must also see: answers to a server's questions, its state, and
// unknown members. Of _meta only members of a known form are sent.
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
	own, _ := rawjson.Split(meta) // nil if it is not an object
	isAsBefore := meta.Kind() == '{'
	for _, p := range own {
		form := carried[p.Name]
		if form == nil {
			form = func(jsontext.Value) jsontext.Value { return nil }
		}
		v := form(p.Value)
		if v != nil {
			kept = append(kept, rawjson.Member{Name: p.Name, Value: v})
		}
		isAsBefore = isAsBefore && bytes.Equal(v, p.Value)
	}
	switch {
	case isAsBefore:
		return m, beside
	case len(kept) == 0:
		members = rawjson.Without(members, "_meta")
	default:
		members = rawjson.Set(members, "_meta", jsontext.Value(rawjson.Join(kept)))
	}
	return jsonrpc.WithParams(m, members), beside
}
