package call

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// variantOfJSON returns the variant of a JSON body: one call, or a list of calls.
func variantOfJSON(data []byte) Variant {
	if !bytes.Contains(data, []byte(`"method"`)) && !bytes.Contains(data, []byte(`"query"`)) &&
		!bytes.Contains(data, []byte(`"operationName"`)) {
		return Variant{}
	}
	if decode.FirstByte(data) != '[' {
		return variantOfCall(data)
	}
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if _, err := d.ReadToken(); err != nil || d.PeekKind() != '{' {
		return Variant{}
	}
	first, err := d.ReadValue()
	if err != nil {
		return Variant{}
	}
	switch v := variantOfCall(first); {
	case v.Name == "":
		return Variant{}
	case v.Kind == KindJSONRPC, v.Kind == KindJSONRPC1:
		return Variant{KindJSONRPCBatch, "batch"}
	}
	return Variant{KindGraphQLBatch, "batch"}
}

// variantOfCall returns the variant of a JSON object that holds one call.
func variantOfCall(data []byte) Variant {
	e := readEnvelope(data)
	switch {
	case e.text["jsonrpc"] == "2.0":
		return Variant{KindJSONRPC, e.text["method"]}
	case e.isJSONRPC1():
		return Variant{KindJSONRPC1, e.text["method"]}
	case e.text["query"] != "":
		return variantOfDocument(e.text["query"], e.text["operationName"])
	case e.text["operationName"] != "" && (e.names["variables"] || e.names["extensions"]):
		return Variant{KindPersisted, e.text["operationName"]}
	}
	return Variant{}
}

// envelope holds the top-level members of a JSON object that identify a call.
type envelope struct {
	text  map[string]string // string values of the members that isEnvelopeMember accepts
	names map[string]bool   // names of all members, at most maxEnvelopeNames
}

// maxEnvelopeNames bounds the recorded names. No call has as many.
const maxEnvelopeNames = 50

// isJSONRPC1 reports whether the object is a call of JSON-RPC 1.0. Such calls carry no marker: they
// have exactly the members method, params and id, and jsonrpc where the client adds the version.
func (e *envelope) isJSONRPC1() bool {
	n := 3
	if e.names["jsonrpc"] {
		n++
	}
	return e.text["method"] != "" && e.names["params"] && e.names["id"] && len(e.names) == n
}

// readEnvelope reads the members of a JSON object, up to the point where the text was cut. It
// returns the zero envelope for any other value.
func readEnvelope(data []byte) (e envelope) {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return e
	}
	e = envelope{map[string]string{}, map[string]bool{}}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return e
		}
		key := name.String()
		if len(e.names) < maxEnvelopeNames {
			e.names[key] = true
		}
		if !isEnvelopeMember(key) || d.PeekKind() != '"' {
			if d.SkipValue() != nil {
				return e
			}
			continue
		}
		value, err := d.ReadToken()
		if err != nil {
			return e
		}
		e.text[key] = value.String()
	}
	return e
}

// isEnvelopeMember reports whether the value of a top-level member can identify the operation.
func isEnvelopeMember(name string) bool {
	switch name {
	case "jsonrpc", "method", "query", "operationName":
		return true
	}
	return false
}

// GraphQLDocument returns the document of a GraphQL call that was sent as JSON with POST. It
// reports false for a persisted operation, whose document is on the server.
func GraphQLDocument(r *flow.Request) (document string, ok bool) {
	if r.Method != "POST" || !decode.IsJSON(r.Header.MediaType()) {
		return "", false
	}
	document, ok = readEnvelope(bodyOf(r)).text["query"]
	return document, ok
}
