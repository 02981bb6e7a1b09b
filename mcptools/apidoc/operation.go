// Package apidoc reads OpenAPI documents for tools: it loads documents that a caller gives
// ([Load]), finds operations ([Find]), cuts out one operation with its components
// ([Data.Operation]) and encodes documents ([Encoder]).
//
// Read operation.go first.
package apidoc

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/opname"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// Found is an operation of a document.
type Found struct {
	*openapi3.Operation
	Method, Template string
}

// Find returns the operation that a caller names. The error is a *[tool.Error] about the argument
// operation: it names similar operations, or those that an ambiguous name fits.
func Find(doc *openapi3.T, n opname.Name) (Found, error) {
	var all []opname.Operation
	for _, template := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		operations := doc.Paths.Value(template).Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			o := opname.Operation{Method: method, Template: template}
			if id := operations[method].OperationID; id != "" {
				o.IDs = []string{id}
			}
			all = append(all, o)
		}
	}
	at := opname.Select(doc, nil, all, n)
	switch len(at) {
	case 0:
		return Found{}, Unknown(all, n)
	case 1:
		o := all[at[0]]
		return Found{doc.Paths.Value(o.Template).Operations()[o.Method], o.Method, o.Template}, nil
	}
	var names []string
	for _, i := range at[:min(len(at), maxNamed)] {
		names = append(names, view.Cut(view.Visible(all[i].Method+" "+all[i].Template), 200))
	}
	e := tool.BadArgument("operation", "names %d operations: choose one of %s", len(at), strings.Join(names, ", "))
	return Found{}, e
}

// maxNamed is the number of operations that an error names.
const maxNamed = 10

// Unknown returns the error for a name that is not that of one of the operations.
func Unknown(operations []opname.Operation, n opname.Name) error {
	hint := "list_operations lists all operations"
	if like := opname.Similar(operations, n); len(like) > 0 {
		hint = "similar: " + view.Cut(view.Visible(strings.Join(like, "; ")), 1000) + ". " + hint
	}
	e := tool.Errorf(tool.CodeUnknownOperation, hint,
		"argument operation: the document has no such operation; name it as in POST /things/{id}, /things/{id} or createThing")
	e.Argument = "operation"
	return e
}
