// Package call distinguishes the operations that share one URL: the methods of JSON-RPC, the
// operations of GraphQL over HTTP, and batches of either.
//
// [VariantOf] reads a request and names its operation. [SplitBatch] takes a batch apart into flows
// that each hold one call. Both depend on the flow alone, do no I/O, and are safe for concurrent
// use.
//
// Read variant.go first.
package call

import (
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
)

// Kinds of variants. A GraphQL operation whose document is in the request has the kind "GraphQL
// query", "GraphQL mutation" or "GraphQL subscription".
const (
	KindJSONRPC      = "JSON-RPC method"     // JSON-RPC 2.0
	KindJSONRPC1     = "JSON-RPC 1.0 method" // JSON-RPC 1.0, whose calls carry no version
	KindJSONRPCBatch = "JSON-RPC batch"
	KindPersisted    = "GraphQL operation" // the request holds a name; the server has the document
	KindGraphQLBatch = "GraphQL batch"
	KindQuery        = "GraphQL query"
)

// maxVariantBody bounds the decoded bodies that are searched for a variant: 1 MiB.
const maxVariantBody = 1 << 20

// maxName bounds the length of names, in bytes.
const maxName = 100

// Variant is one of several operations that share a URL. The zero value is the operation of the URL
// itself.
type Variant struct {
	// Kind is one of the Kind constants, or "GraphQL " and the type of the operation.
	Kind string
	// Name is the method or the GraphQL operation; "batch" for a batch, "" for the operation of the
	// URL.
	Name string
}

// VariantOf returns the operation that a request calls: the method of JSON-RPC, the operation of
// GraphQL over HTTP (POST or GET; JSON, application/graphql or a form with files), or a batch of
// either. It returns the zero Variant where the URL alone identifies the operation, and where the
// name could not stand in a path or looks like a secret. It reads the request only.
func VariantOf(f *flow.Flow) Variant {
	var v Variant
	r := &f.Request
	switch r.Method {
	case "GET":
		v = variantOfQuery(r.RawQuery)
	case "POST":
		switch mediaType := r.Header.MediaType(); {
		case decode.IsJSON(mediaType):
			v = variantOfJSON(bodyOf(r))
		case mediaType == "application/graphql":
			v = variantOfDocument(string(bodyOf(r)), "")
		case decode.IsFormData(mediaType):
			v = variantOfForm(r.Header.Get("Content-Type"), bodyOf(r))
		}
	}
	if !IsName(v.Name) || redact.IsSensitive("", v.Name) {
		return Variant{}
	}
	return v
}

// bodyOf returns the decoded body of a request, or nil if it exceeds maxVariantBody.
func bodyOf(r *flow.Request) []byte {
	data := r.Body.Data
	if r.Header.Has("Content-Encoding") {
		data, _, _ = decode.Body(r.Header, r.Body, maxVariantBody)
	}
	if len(data) > maxVariantBody {
		return nil
	}
	return data
}

// Fragment returns the suffix that distinguishes a variant's path in a document, "" for the zero
// Variant. OpenAPI allows one operation for each method and path. A fragment is never sent, so it
// can distinguish several.
func (v Variant) Fragment() string {
	switch {
	case v.Name == "":
		return ""
	case v.IsBatch():
		return "#(" + v.Name + ")" // IsName refuses parentheses, so no call has this name
	}
	return "#" + v.Name
}

// IsBatch reports whether v is a batch of calls.
func (v Variant) IsBatch() bool { return v.Kind == KindJSONRPCBatch || v.Kind == KindGraphQLBatch }

// IsGraphQL reports whether v is one GraphQL operation.
func (v Variant) IsGraphQL() bool { return strings.HasPrefix(v.Kind, "GraphQL ") && !v.IsBatch() }

// separators replaces the characters that [IsName] accepts in addition to plain names.
var separators = strings.NewReplacer("/", "_", ":", "_", "$", "_")

// IsName reports whether s may stand in a path as the name of a call. It accepts plain names joined
// by "/", ":" or "$", such as tools/list and $/progress.
func IsName(s string) bool {
	if strings.HasPrefix(s, "/") || strings.HasSuffix(s, "/") ||
		strings.Contains(s, "//") || strings.Contains(s, "..") {
		return false
	}
	return IsPlainName(separators.Replace(s))
}

// IsPlainName reports whether s consists of 1 to 100 ASCII letters, digits, "_", "." and "-".
func IsPlainName(s string) bool {
	for _, c := range []byte(s) {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-' {
			continue
		}
		return false
	}
	return s != "" && len(s) <= maxName
}
