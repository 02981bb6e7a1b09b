package infer

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
)

// Kinds of variants.
const (
	kindJSONRPC      = "JSON-RPC method"
	kindOldRPC       = "JSON-RPC 1.0 method"
	kindJSONRPCBatch = "JSON-RPC batch"
	kindGraphQL      = "GraphQL operation" // what it does stands in a document that the request does not hold
	kindQuery        = "GraphQL query"
	kindGraphQLBatch = "GraphQL batch"
)

// maxVariantBody bounds the bodies that are looked into for a variant: 1 MiB.
const maxVariantBody = 1 << 20

// VariantOf says which of the operations behind one URL a flow is: the method of JSON-RPC, the operation of GraphQL
// over HTTP (POST or GET; JSON, application/graphql or a form with files), or a batch of either. Name is "" when the
// URL says all there is to say. It depends on the request alone.
func VariantOf(f *flow.Flow) Variant {
	var v Variant
	r := &f.Request
	switch {
	case r.Method == "GET":
		v = queryVariant(r.RawQuery)
	case r.Method != "POST":
	default:
		switch kind := r.Header.MediaType(); {
		case decode.IsJSON(kind):
			v = bodyVariant(variantBody(r))
		case kind == "application/graphql":
			v = graphQL(string(variantBody(r)), "")
		case decode.IsFormData(kind):
			v = formVariant(r.Header.Get("Content-Type"), variantBody(r))
		}
	}
	return v.checked()
}

// checked is v if its name may stand in a path and tells nothing that redaction would touch, else no variant.
func (v Variant) checked() Variant {
	if v.Name == "" || !isCallName(v.Name) || redact.Sensitive("", v.Name) {
		return Variant{}
	}
	return v
}

// variantBody is the body that is looked into, nil when it is too long for that.
func variantBody(r *flow.Request) []byte {
	data := r.Body.Data
	if r.Header.Has("Content-Encoding") {
		data, _, _ = decode.Body(r.Header, r.Body, maxVariantBody)
	}
	if len(data) > maxVariantBody {
		return nil
	}
	return data
}

// Fragment is what a variant adds to its path in a document: OpenAPI knows one operation of a method and path, and
// a fragment, which is never sent, tells several apart.
func (v Variant) Fragment() string {
	switch {
	case v.Name == "":
		return ""
	case v.isBatch():
		return "#(" + v.Name + ")" // no method and no operation is called so
	}
	return "#" + v.Name
}

func (v Variant) isBatch() bool { return v.Kind == kindJSONRPCBatch || v.Kind == kindGraphQLBatch }

// isPlainName says whether s is a name of letters, digits and a few signs.
func isPlainName(s string) bool {
	for _, c := range []byte(s) {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-' {
			continue
		}
		return false
	}
	return s != "" && len(s) <= 100
}

// isCallName says whether a name may stand in a path as it is: plain words with "/", ":" or "$" between or before them,
// as in tools/list and $/progress.
func isCallName(s string) bool {
	if strings.HasPrefix(s, "/") || strings.HasSuffix(s, "/") || strings.Contains(s, "//") || strings.Contains(s, "..") {
		return false
	}
	return isPlainName(strings.NewReplacer("/", "_", ":", "_", "$", "_").Replace(s))
}

// bodyVariant reads a body of JSON.
func bodyVariant(data []byte) Variant {
	if !bytes.Contains(data, []byte(`"method"`)) && !bytes.Contains(data, []byte(`"query"`)) && !bytes.Contains(data, []byte(`"operationName"`)) {
		return Variant{}
	}
	if firstByte(data) != '[' {
		return callVariant(data)
	}
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if _, err := d.ReadToken(); err != nil || d.PeekKind() != '{' {
		return Variant{}
	}
	one, err := d.ReadValue()
	if err != nil {
		return Variant{}
	}
	switch v := callVariant(one); {
	case v.Name == "":
	case v.Kind == kindJSONRPC, v.Kind == kindOldRPC:
		return Variant{kindJSONRPCBatch, "batch"}
	default:
		return Variant{kindGraphQLBatch, "batch"}
	}
	return Variant{}
}

// callVariant reads the object of one call.
func callVariant(data []byte) Variant {
	top := topOf(data)
	switch {
	case top.text["jsonrpc"] == "2.0":
		return Variant{kindJSONRPC, top.text["method"]}
	case top.isOldRPC():
		return Variant{kindOldRPC, top.text["method"]}
	case top.text["query"] != "":
		return graphQL(top.text["query"], top.text["operationName"])
	case top.text["operationName"] != "" && (top.has["variables"] || top.has["extensions"]):
		return Variant{kindGraphQL, top.text["operationName"]} // persisted: the server has the document
	}
	return Variant{}
}

// topLevel is what the top of an object tells of a call.
type topLevel struct {
	text map[string]string // strings of the fields that tell
	has  map[string]bool   // all names, up to a bound
}

// isOldRPC says whether the object is a call of JSON-RPC 1.0, which is not marked: its three members and no other but
// the version that some add.
func (t *topLevel) isOldRPC() bool {
	n := 3
	if t.has["jsonrpc"] {
		n++
	}
	return t.text["method"] != "" && t.has["params"] && t.has["id"] && len(t.has) == n
}

// maxTopNames bounds the names that are noted: no call has as many.
const maxTopNames = 50

// topOf reads the top of the object that a JSON text is, or begins with when it was cut; nothing of what is no object.
func topOf(data []byte) (t topLevel) {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if tok, err := d.ReadToken(); err != nil || tok.Kind() != '{' {
		return t
	}
	t = topLevel{map[string]string{}, map[string]bool{}}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return t
		}
		key := name.String()
		if len(t.has) < maxTopNames {
			t.has[key] = true
		}
		if !isVariantField(key) || d.PeekKind() != '"' {
			if d.SkipValue() != nil {
				return t
			}
			continue
		}
		value, err := d.ReadToken()
		if err != nil {
			return t
		}
		t.text[key] = value.String()
	}
	return t
}

// isVariantField says whether a top-level field can tell what a POST to one URL really asks.
func isVariantField(name string) bool {
	switch name {
	case "jsonrpc", "method", "query", "operationName":
		return true
	}
	return false
}

// queryVariant reads GraphQL over GET: a document, or the name of one that the server has.
func queryVariant(rawQuery string) Variant {
	if !strings.Contains(rawQuery, "query=") && !strings.Contains(rawQuery, "operationName=") {
		return Variant{}
	}
	q, err := url.ParseQuery(rawQuery)
	switch {
	case err != nil:
	case q.Get("query") != "":
		return graphQL(q.Get("query"), q.Get("operationName"))
	case q.Get("operationName") != "" && (isObject(q.Get("variables")) || isObject(q.Get("extensions"))):
		return Variant{kindGraphQL, q.Get("operationName")}
	}
	return Variant{}
}

func isObject(text string) bool { return strings.HasPrefix(text, "{") && json.Valid([]byte(text)) }

// formVariant reads a GraphQL request with files: a form whose first part, operations, is the call.
func formVariant(contentType string, data []byte) Variant {
	boundary := decode.Param(contentType, "boundary")
	if boundary == "" || !bytes.Contains(data, []byte(`name="operations"`)) {
		return Variant{}
	}
	part, err := multipart.NewReader(bytes.NewReader(data), boundary).NextRawPart()
	if err != nil || part.FormName() != "operations" {
		return Variant{}
	}
	text, err := io.ReadAll(part)
	if err != nil || firstByte(text) != '{' {
		return Variant{}
	}
	return callVariant(text)
}
