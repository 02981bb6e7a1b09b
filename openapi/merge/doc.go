// Package merge adds an inferred API to an OpenAPI document that people edit.
//
// [Into] adds; it removes nothing and renames nothing. YAML is changed in place, through
// openapi/yamledit, so that lines that gain nothing stay byte for byte. What traffic contradicts in
// the existing document is not changed: openapi/check reports it.
//
// The package imports openapi, openapi/router, openapi/yamledit and openapi/internal/layout. Read
// merge.go first: it holds the passes and the type merger; merge_paths.go follows a document from
// top to bottom.
package merge
