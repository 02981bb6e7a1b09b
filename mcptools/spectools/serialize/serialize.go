// Package serialize converts between the arguments of a tool and their HTTP request, as OpenAPI
// specifies it: styles of parameters, media types and encodings of bodies. [Operation.Request]
// writes a request from arguments, and [Operation.Arguments] reads the arguments back from a
// captured request. A property test checks that each reverses the other.
//
// The package decides nothing and sends nothing. It refuses arguments that would change the meaning
// of the request: path segments "." and "..", delimiters inside items, invalid headers.
//
// Read serialize.go first, then request.go, which writes requests, and read_request.go, which reads
// them.
package serialize

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
)

// Names of the arguments that are not parameters.
const (
	BodyArgument        = "requestBody"
	ContentTypeArgument = "requestContentType"
)

// MaxSize limits the arguments of a call, a file that they name, and a body after its content
// coding is removed. It is in bytes.
const MaxSize = 32 << 20

// Operation describes the parameters and bodies of an operation. It must not change once it made a
// request.
type Operation struct {
	Method     string
	Path       string // the template
	BaseURL    string // precedes the path; does not end with "/"
	Parameters []*Parameter
	Bodies     []*Media // the media types of the body, the preferred one first
	// Files is the folder whose files a multipart form may name; nil allows no files.
	Files *os.Root
	// CredentialQueries are the names of query parameters that carry credentials. Arguments passes
	// over them.
	CredentialQueries []string
}

// Parameter is a parameter of an operation and the argument that it becomes.
type Parameter struct {
	Argument      string
	Name          string
	In            string // the location: path, query, header or cookie
	Required      bool
	Style         string
	Explode       bool
	AllowReserved bool
	// AllowEmptyValue reports whether NameOnly is an argument of the query parameter.
	AllowEmptyValue bool
	MultiSegment    bool   // a path parameter whose value may contain slashes
	ContentType     string // the media type of the value; "" if a style applies
	Description     string
	Schema          *openapi3.SchemaRef
	Default         any // sent if a required parameter is not given, or nil
}

// scalarText returns a scalar as it is written in a URL, header or form. It reports false for an
// array or object.
func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return string(v), true
	case bool:
		return strconv.FormatBool(v), true
	case nil:
		return "", true
	}
	return "", false
}

// parseScalar reads text as a scalar of a schema's types. If the text fits several, the narrowest
// wins: a number before a boolean before a string. Other text stays a string.
func parseScalar(s string, r *openapi3.SchemaRef) any {
	types := openapi.SchemaTypes(r)
	if r != nil && r.Value != nil && slices.Contains(r.Value.Enum, any(s)) {
		return s
	}
	if (slices.Contains(types, "integer") || slices.Contains(types, "number")) && jsonvalue.IsNumber(s) &&
		(slices.Contains(types, "number") || !strings.ContainsAny(s, ".eE")) {
		return json.Number(s)
	}
	if slices.Contains(types, "boolean") && (s == "true" || s == "false") {
		return s == "true"
	}
	return s
}

// escaper escapes one value so that no character of it acts as a delimiter.
type escaper func(string) string

// unreserved are the characters that are never escaped (RFC 3986 section 2.3).
const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// escapeExcept percent-encodes all bytes that are not in literal.
func escapeExcept(literal string) escaper {
	var isLiteral [256]bool
	for i := range len(literal) {
		isLiteral[literal[i]] = true
	}
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			if c := s[i]; isLiteral[c] {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
		return b.String()
	}
}

// Escapers for each location. Those for reserved characters (OpenAPI, allowReserved) still escape
// what would end a value: "&", "#", "+", ";" and "%" in a query, "/", "?" and "#" in a path.
var (
	escapePath          = escapeExcept(unreserved)
	escapePathReserved  = escapeExcept(unreserved + ":@!$&'()*+,;=")
	escapePathLiteral   = escapeExcept(unreserved + ":@!$&'()*+,;=/%") // the fixed text of a template
	escapeQuery         = escapeExcept(unreserved)
	escapeQueryReserved = escapeExcept(unreserved + ":/?[]@!$'()*,=")
	escapeCookie        = escapeExcept(unreserved + "!#$&'()*+-./:<=>?@[]^_`{|}~")
)

func escapeNothing(s string) string { return s }
