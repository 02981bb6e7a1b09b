package infer

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
)

// Kinds of variants.
const (
	kindJSONRPC = "JSON-RPC method"
	kindQuery   = "GraphQL query"
)

// maxVariantBody bounds the bodies that are looked into for a variant: 1 MiB.
const maxVariantBody = 1 << 20

// VariantOf says which of the operations behind one URL a flow is: the method of JSON-RPC 2.0, the operation of
// GraphQL over HTTP. Name is "" when the URL says all there is to say.
func VariantOf(f *flow.Flow) Variant {
	if f.Request.Method != "POST" || !decode.IsJSON(f.Request.Header.MediaType()) {
		return Variant{}
	}
	data := f.Request.Body.Data
	if f.Request.Header.Has("Content-Encoding") {
		data, _, _ = decode.Body(f.Request.Header, f.Request.Body, maxVariantBody)
	}
	if len(data) > maxVariantBody || !bytes.Contains(data, []byte(`"jsonrpc"`)) && !bytes.Contains(data, []byte(`"query"`)) {
		return Variant{}
	}
	top := topStrings(data)
	var v Variant
	switch {
	case top["jsonrpc"] != "":
		v = Variant{Kind: kindJSONRPC, Name: top["method"]}
	default:
		v = graphQL(top["query"], top["operationName"])
	}
	if !isPlainName(v.Name) || redact.Sensitive("", v.Name) {
		return Variant{}
	}
	return v
}

// Fragment is what a variant adds to its path in a document: OpenAPI knows one operation of a method and path, and
// a fragment, which is never sent, tells several apart.
func (v Variant) Fragment() string {
	if v.Name == "" {
		return ""
	}
	return "#" + v.Name
}

// isPlainName says whether a name may stand in a path as it is.
func isPlainName(s string) bool {
	for _, c := range []byte(s) {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-' {
			continue
		}
		return false
	}
	return s != "" && len(s) <= 100
}

// topStrings reads the strings of the object that a JSON text is; nothing of what is no object.
func topStrings(data []byte) map[string]string {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil
	}
	out := map[string]string{}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return out
		}
		key := name.String()
		if !isVariantField(key) || d.PeekKind() != '"' {
			if d.SkipValue() != nil {
				return out
			}
			continue
		}
		value, err := d.ReadToken()
		if err != nil {
			return out
		}
		out[key] = value.String()
	}
	return out
}

// isVariantField says whether a top-level field can tell what a POST to one URL really asks.
func isVariantField(name string) bool {
	switch name {
	case "jsonrpc", "method", "query", "operationName":
		return true
	}
	return false
}

// graphQL finds the operation that a request runs: that of the given name, else the only one. One without a name is
// called by the first field it selects.
func graphQL(doc, operationName string) Variant {
	if !strings.Contains(doc, "{") {
		return Variant{}
	}
	words := graphQLWords(doc)
	for i, w := range words {
		switch w {
		case "query", "mutation", "subscription":
			name := ""
			if i+1 < len(words) && isPlainName(words[i+1]) {
				name = words[i+1]
			}
			if operationName != "" && name != operationName {
				continue
			}
			if name == "" {
				name = firstField(words[i+1:])
			}
			return Variant{Kind: "GraphQL " + w, Name: name}
		case "{": // the short form of a query
			if i == 0 {
				return Variant{Kind: kindQuery, Name: firstField(words)}
			}
		}
	}
	return Variant{}
}

// graphQLWords splits a document into names and single signs (GraphQL, section 2.1.6), strings and comments left out.
// Selections below the top of an operation are left out, too.
func graphQLWords(doc string) []string {
	var out []string
	depth := 0
	for i := 0; i < len(doc) && len(out) < 10_000; {
		c := doc[i]
		switch {
		case c == '#':
			for i < len(doc) && doc[i] != '\n' {
				i++
			}
		case c == '"':
			i++
			for i < len(doc) && doc[i] != '"' {
				if doc[i] == '\\' {
					i++
				}
				i++
			}
			i++
		case c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z':
			start := i
			for i < len(doc) && (doc[i] == '_' || doc[i]|0x20 >= 'a' && doc[i]|0x20 <= 'z' || doc[i] >= '0' && doc[i] <= '9') {
				i++
			}
			if depth <= 1 {
				out = append(out, doc[start:i])
			}
		default:
			if c == '{' || c == '(' {
				if depth <= 1 {
					out = append(out, string(c))
				}
				depth++
			}
			if c == '}' || c == ')' {
				depth--
			}
			i++
		}
	}
	return out
}

// firstField is the first name after the brace that opens a selection.
func firstField(words []string) string {
	for i, w := range words {
		if w == "{" && i+1 < len(words) && isPlainName(words[i+1]) {
			return words[i+1]
		}
	}
	return ""
}
