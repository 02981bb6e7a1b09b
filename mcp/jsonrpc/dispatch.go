package jsonrpc

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/mcp/rawjson"
)

// A server that dispatches has one tool that calls many operations. These members of _meta let a
// gateway in front of it judge the operations by name, like tools.
const (
	// MetaDispatch, in a tool, means that the tool calls operations. Its value is an object that
	// names two arguments: the one with the operation, and the one with the operation's arguments.
	// Its member as, if there is one, is the name of another tool by which policies know this one.
	MetaDispatch = "io.github.spectap/dispatch"
	// MetaOperations, true in the parameters of tools/list, requests the operations as well. In a
	// tool of the result, it marks an operation.
	MetaOperations = "io.github.spectap/operations"
	// MetaShown, true in a tool, means that its results describe other tools or operations. In the
	// parameters of a call of that tool, it lists the names that the results may describe.
	MetaShown = "io.github.spectap/shown"
)

// DispatchesAs returns the name by which policies know a tool of a list, "" if it is its own. A
// server that writes another name there has no more power than one that gives its tool that name.
func DispatchesAs(tool jsontext.Value) string {
	return rawjson.String(rawjson.At(tool, "_meta", MetaDispatch, "as"))
}
