// Package merge adds an inferred API to an OpenAPI document that people edit.
//
// [Into] adds; it removes nothing and renames nothing. [Merge] also relaxes what earlier exports
// wrote and traffic contradicts. YAML is changed in place, through openapi/yamledit, so that lines
// without additions stay byte for byte. Constraints of people that traffic contradicts are listed.
//
// Read merge.go first: it holds the passes and the type merger; merge_paths.go follows a document
// from top to bottom.
package merge
