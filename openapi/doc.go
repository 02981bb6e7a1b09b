// Package openapi writes a decided document down as OpenAPI and judges traffic by one.
//
// [Build] turns an [infer.Document] into kin-openapi's document, in 3.0 or 3.1, and promises that it is
// valid; [Encode] writes any document as JSON or YAML, the same bytes each time. [Load] reads JSON or YAML
// in 2.0, 3.0 or 3.1. [NewRouter] finds the operation that a request takes, and [NewChecker] says which rules
// an exchange breaks.
//
// Text that comes from traffic is cleaned before it enters a document: no control characters, no markup.
// Names that a request needs to the letter (parameters, properties) are kept to the letter or left out.
//
// It does not promise that a document made from traffic tells all there is; it never reads another file or
// address than the one it is given: a $ref that leads out of the document is an error.
package openapi
