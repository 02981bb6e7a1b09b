package openapi

import "github.com/getkin/kin-openapi/openapi3"

// Paging says how the list of an operation is paged: [ExtPaging]. Each may be "".
type Paging struct {
	Style     string // as in infer.Paging
	Parameter string // selects the page
	Size      string // the parameter with the size of a page
	Next      string // JSON pointer to what leads to the next page in the response
	Items     string // JSON pointer to the list
}

// PagingOf returns what a document says of the pages of an operation.
func PagingOf(op *openapi3.Operation) Paging {
	fields, _ := op.Extensions[ExtPaging].(map[string]any)
	field := func(name string) string { s, _ := fields[name].(string); return s }
	return Paging{field("style"), field("parameter"), field("size"), field("next"), field("items")}
}
