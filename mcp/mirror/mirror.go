package mirror

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// The headers that repeat what a request says, and that of the session. HeaderParam begins the
// names of those that repeat arguments.
const (
	HeaderVersion = "Mcp-Protocol-Version"
	HeaderSession = "Mcp-Session-Id"
	HeaderMethod  = "Mcp-Method"
	HeaderName    = "Mcp-Name"
	HeaderParam   = "Mcp-Param-"
)

// CodeMismatch is the error for headers that contradict the body.
const CodeMismatch = -32020

// NameOf returns the name of the object that a request asks for, and whether requests of its method
// have a name.
func NameOf(m *jsonrpc.Message) (name string, has bool) {
	switch m.Method {
	case "tools/call", "prompts/get":
		name = "name"
	case "resources/read":
		name = "uri"
	case "tasks/get", "tasks/update", "tasks/cancel":
		name = "taskId"
	default:
		return "", false
	}
	return rawjson.String(rawjson.At(m.Params, name)), true
}

// Check returns an error if a stateless request and its headers differ.
func Check(h http.Header, m *jsonrpc.Message) *jsonrpc.Malformed {
	mismatch := func(name, why string) *jsonrpc.Malformed {
		return jsonrpc.NewMalformed(CodeMismatch, m.ID, fmt.Sprintf("the header %s %s", name, why))
	}
	for _, name := range []string{HeaderVersion, HeaderMethod, HeaderName} {
		if len(h.Values(name)) > 1 {
			return mismatch(name, "is sent more than once")
		}
	}
	version := jsonrpc.VersionOf(m)
	switch {
	case h.Get("Last-Event-ID") != "":
		return mismatch("Last-Event-ID", "has no meaning: streams of this revision cannot be resumed")
	case h.Get(HeaderVersion) == "":
		return mismatch(HeaderVersion, "is missing")
	case version == "":
		return jsonrpc.NewMalformed(jsonrpc.CodeInvalidParams, m.ID, "the request does not name its protocol version in _meta")
	case h.Get(HeaderVersion) != version:
		return mismatch(HeaderVersion, "differs from the version in _meta")
	case m.IsNotification() && h.Get(HeaderMethod) == "":
		return nil
	case h.Get(HeaderMethod) == "":
		return mismatch(HeaderMethod, "is missing")
	case h.Get(HeaderMethod) != m.Method:
		return mismatch(HeaderMethod, "differs from the method of the body")
	}
	name, has := NameOf(m)
	given, ok := decodeHeader(h.Get(HeaderName))
	switch {
	case !has:
		return nil
	case h.Get(HeaderName) == "" && strings.HasPrefix(m.Method, "tasks/"): // of an extension, which not all clients know
		return nil
	case h.Get(HeaderName) == "":
		return mismatch(HeaderName, "is missing")
	case !ok || given != name:
		return mismatch(HeaderName, "differs from the name in the body")
	}
	return nil
}

// Set adds to the packet the headers that the schema of its tool binds to arguments. It returns an
// error if the client sent headers that contradict its arguments.
func Set(p jsonrpc.Packet, bindings map[string][]string) *jsonrpc.Malformed {
	arguments := rawjson.At(p.Params, "arguments")
	for header, path := range bindings {
		want, ok := headerText(rawjson.At(arguments, path...))
		if p.Via != nil && !p.Unwrapped {
			given := p.Via.Request().Header.Values(header)
			decoded, valid := "", true
			if len(given) == 1 {
				decoded, valid = decodeHeader(given[0])
			}
			if len(given) > 1 || !valid || ok != (len(given) == 1) || decoded != want {
				return jsonrpc.NewMalformed(CodeMismatch, p.ID, fmt.Sprintf("the header %s differs from the argument %.60s", header, strings.Join(path, ".")))
			}
		}
		if ok {
			p.Mirror = append(p.Mirror, egress.Pair{Name: header, Value: Encode(want)})
		}
	}
	return nil
}

// headerText returns an argument in the form of a header. It reports false for values that a header
// cannot hold: null, and anything but strings, booleans and integers.
func headerText(v jsontext.Value) (string, bool) {
	switch v.Kind() {
	case '"':
		return rawjson.String(v), true
	case 't', 'f':
		return string(v), true
	case '0':
		return string(v), !strings.ContainsAny(string(v), ".eE")
	}
	return "", false
}

const (
	base64Start = "=?base64?"
	base64End   = "?="
)

// Encode returns a text as the value of a header: in base64 if it has characters that a
// header cannot have or would lose.
func Encode(s string) string {
	plain := strings.TrimSpace(s) == s && !strings.HasPrefix(s, base64Start)
	for _, c := range []byte(s) {
		plain = plain && c >= 0x20 && c < 0x7f
	}
	if plain {
		return s
	}
	return base64Start + base64.StdEncoding.EncodeToString([]byte(s)) + base64End
}

// decodeHeader is the inverse of Encode. It reports false for base64 that is not valid.
func decodeHeader(s string) (string, bool) {
	encoded, ok := strings.CutPrefix(s, base64Start)
	if !ok {
		return s, true
	}
	if encoded, ok = strings.CutSuffix(encoded, base64End); !ok {
		return s, true
	}
	out, err := base64.StdEncoding.DecodeString(encoded)
	return string(out), err == nil
}

// Bindings returns the arguments that a schema binds to headers.
func Bindings(schema any) map[string][]string {
	var out map[string][]string
	var walk func(schema any, path []string)
	walk = func(schema any, path []string) {
		object, _ := schema.(map[string]any)
		properties, _ := object["properties"].(map[string]any)
		for name, property := range properties {
			at := append(path[:len(path):len(path)], name)
			p, _ := property.(map[string]any)
			if header, ok := p["x-mcp-header"].(string); ok && header != "" {
				if out == nil {
					out = map[string][]string{}
				}
				out[http.CanonicalHeaderKey(HeaderParam+header)] = at
			}
			walk(property, at)
		}
	}
	walk(schema, nil)
	return out
}

// Headers returns the headers of a stateless request.
func Headers(m *jsonrpc.Message, version string) []egress.Pair {
	out := []egress.Pair{{Name: HeaderVersion, Value: version}, {Name: HeaderMethod, Value: Encode(m.Method)}}
	if name, has := NameOf(m); has {
		out = append(out, egress.Pair{Name: HeaderName, Value: Encode(name)})
	}
	return append(out, m.Mirror...)
}
