// Package serialize converts between the arguments of a tool and the HTTP request that they stand
// for, as OpenAPI specifies it: styles of parameters, media types and encodings of bodies.
// [Operation.Request] writes a request from arguments, and [Operation.Arguments] reads the
// arguments back from a captured request. A property test checks that each reverses the other.
//
// The package decides nothing and sends nothing. It refuses arguments that would change the meaning
// of the request: path segments "." and "..", delimiters inside items, invalid headers.
//
// Read serialize.go first, then request.go, which writes requests, and read_request.go, which reads
// them.
package serialize

import (
	"os"

	"github.com/getkin/kin-openapi/openapi3"
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
	// Files is the folder whose files a multipart form may name; nil allows none.
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
}
