package openapitest

import (
	"bytes"
	_ "embed"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

// Encode returns a document in a format. It fails the test if the document cannot be encoded.
func Encode(t must.Test, doc *openapi3.T, f openapi.Format) []byte {
	var b bytes.Buffer
	must.Do(t, openapi.Encode(&b, doc, f))
	return b.Bytes()
}

// Shop is a document with parameters in all locations and styles, bodies of all types, and a
// discriminator.
//
//go:embed shop.yaml
var Shop string

// Routes is a document with path templates of all kinds and several servers.
//
//go:embed routes.yaml
var Routes string
