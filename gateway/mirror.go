package gateway

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/gateway/rawjson"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
)

// The revision 2026-07-28 repeats parts of a request in HTTP headers, for machines on the way that
// read no bodies: the method, the name, and arguments that the schema of a tool marks with
// x-mcp-header. They must equal the body, which alone is judged.
const (
	headerVersion = "Mcp-Protocol-Version"
	headerSession = "Mcp-Session-Id"
	headerMethod  = "Mcp-Method"
	headerName    = "Mcp-Name"
	headerParam   = "Mcp-Param-"
)

// codeHeaderMismatch is the error for headers that say something else than the body.
const codeHeaderMismatch = -32020

// statelessSince is the first revision without sessions.
const statelessSince = "2026-07-28"

// versionOf returns the revision that a stateless request names, "" for others.
func versionOf(m *message) string {
	_, meta := metaOf(m.params)
	return rawjson.String(rawjson.Get(meta, "io.modelcontextprotocol/protocolVersion"))
}

// nameOf returns what a request asks for by name, and whether requests of its method have a name.
func nameOf(m *message) (name string, has bool) {
	params, _ := rawjson.Split(m.params)
	switch m.method {
	case "tools/call", "prompts/get":
		return rawjson.String(rawjson.Get(params, "name")), true
	case "resources/read":
		return rawjson.String(rawjson.Get(params, "uri")), true
	}
	return "", false
}

// checkHeaders returns an error if a stateless request and its headers differ.
func checkHeaders(h http.Header, m *message) *malformed {
	mismatch := func(name, why string) *malformed {
		return &malformed{codeHeaderMismatch, m.id, fmt.Sprintf("the header %s %s", name, why)}
	}
	for _, name := range []string{headerVersion, headerMethod, headerName} {
		if len(h.Values(name)) > 1 {
			return mismatch(name, "is sent more than once")
		}
	}
	version := versionOf(m)
	switch {
	case h.Get("Last-Event-ID") != "":
		return mismatch("Last-Event-ID", "has no meaning: streams of this revision cannot be resumed")
	case h.Get(headerVersion) == "":
		return mismatch(headerVersion, "is missing")
	case version == "":
		return &malformed{codeInvalidParams, m.id, "the request does not name its protocol version in _meta"}
	case h.Get(headerVersion) != version:
		return mismatch(headerVersion, "differs from the version in _meta")
	case m.isNotification() && h.Get(headerMethod) == "":
		return nil
	case h.Get(headerMethod) == "":
		return mismatch(headerMethod, "is missing")
	case h.Get(headerMethod) != m.method:
		return mismatch(headerMethod, "differs from the method of the body")
	}
	name, has := nameOf(m)
	given, ok := decodeHeader(h.Get(headerName))
	switch {
	case !has:
		return nil
	case h.Get(headerName) == "":
		return mismatch(headerName, "is missing")
	case !ok || given != name:
		return mismatch(headerName, "differs from the name in the body")
	}
	return nil
}

// mirrors reports whether the headers of a call depend on the schema of its tool: those that the
// client sent, if they have to be checked here, and those that the server gets.
func (r *Relay) mirrors(p packet) bool {
	if versionOf(p.message) == "" || p.via != nil && !p.via.stateless {
		return false
	}
	if name, _ := nameOf(p.message); !r.guard.Lists(policy.Tool, name) {
		return false // it is refused in any case
	}
	r.mu.Lock()
	_, isRemote := r.up.(*remote)
	r.mu.Unlock()
	if p.via == nil {
		return isRemote
	}
	return p.via.mirrors || !isRemote // a remote server looks for headers that are missing
}

// mirror sets the headers that a call has by the schema of its tool, which binds headers to
// arguments. It returns an error if the client sent others.
func mirror(p packet, bindings map[string][]string) *malformed {
	params, _ := rawjson.Split(p.params)
	for header, path := range bindings {
		value := rawjson.Get(params, "arguments")
		for _, name := range path {
			members, _ := rawjson.Split(value)
			value = rawjson.Get(members, name)
		}
		want, ok := headerText(value)
		if p.via != nil {
			given := p.via.header.Values(header)
			decoded, valid := "", true
			if len(given) == 1 {
				decoded, valid = decodeHeader(given[0])
			}
			if len(given) > 1 || !valid || ok != (len(given) == 1) || decoded != want {
				return &malformed{codeHeaderMismatch, p.id, fmt.Sprintf("the header %s differs from the argument %s", header, enforce.Clip(strings.Join(path, ".")))}
			}
		}
		if ok {
			p.mirror = append(p.mirror, egress.Pair{Name: header, Value: encodeHeader(want)})
		}
	}
	return nil
}

// headerText returns an argument as a header has it. It reports false for what no header has: null,
// and what is no string, boolean or integer.
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

// encodeHeader returns a text as the value of a header: in base64 if it has characters that a
// header cannot have or would lose.
func encodeHeader(s string) string {
	plain := strings.TrimSpace(s) == s && !strings.HasPrefix(s, base64Start)
	for _, c := range []byte(s) {
		plain = plain && c >= 0x20 && c < 0x7f
	}
	if plain {
		return s
	}
	return base64Start + base64.StdEncoding.EncodeToString([]byte(s)) + base64End
}

// decodeHeader is the inverse of encodeHeader. It reports false for base64 that is not valid.
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

// mirrored returns the arguments that a schema binds to headers.
func mirrored(schema any) map[string][]string {
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
				out[http.CanonicalHeaderKey(headerParam+header)] = at
			}
			walk(property, at)
		}
	}
	walk(schema, nil)
	return out
}

// requestHeaders returns the headers of a stateless request.
func requestHeaders(m *message, version string) []egress.Pair {
	out := []egress.Pair{{Name: headerVersion, Value: version}, {Name: headerMethod, Value: encodeHeader(m.method)}}
	if name, has := nameOf(m); has {
		out = append(out, egress.Pair{Name: headerName, Value: encodeHeader(name)})
	}
	return append(out, m.mirror...)
}

// statusOf returns the status of the answer to a stateless request.
func statusOf(m *message) int {
	if m.err == nil {
		return http.StatusOK
	}
	var e struct {
		Code int `json:"code"`
	}
	if json.Unmarshal(m.err, &e) != nil {
		return http.StatusOK
	}
	switch e.Code {
	case codeMethodNotFound:
		return http.StatusNotFound
	case codeHeaderMismatch, -32021, -32022, codeInvalidRequest, codeInvalidParams, codeParse:
		return http.StatusBadRequest
	}
	return http.StatusOK
}
