// Package build writes an inferred API as an OpenAPI document.
//
// [Document] turns an [infer.Document] into kin-openapi's document, in 3.0 to 3.2, and guarantees
// that it is valid. Text that comes from traffic is cleaned: no control characters, no markup.
// Names that requests must repeat exactly (parameters, properties) are not changed; unsafe ones are
// left out of their operation.
//
// A document describes recorded traffic, which may be less than all that the API does.
//
// It is the only package below openapi that imports infer. Read build.go first; build_operations.go
// and build_schema.go write the parts of a document, build_share.go moves repeated parts to
// components.
package build
