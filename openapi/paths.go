package openapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// operationKeys are the keys of a path item that hold operations; query since 3.2.
func operationKeys() []string {
	return []string{"get", "query", "head", "post", "put", "patch", "delete", "options", "trace"}
}

// AdditionalOperations is the key of a path item with operations of other methods (3.2).
const AdditionalOperations = "additionalOperations"

// IsOperationKey reports whether a key of a path item holds an operation: a method of OpenAPI in
// lower case.
func IsOperationKey(key string) bool { return slices.Contains(operationKeys(), key) }

// OperationKeys returns the keys that lead from a path item to the operation of a method. The
// method is spelled as it is sent.
func OperationKeys(method string) []string {
	if key := strings.ToLower(method); IsOperationKey(key) && key != method {
		return []string{key}
	}
	return []string{AdditionalOperations, method}
}

// FreeName returns a name, or the first of name2, name3 and so on that is not taken.
func FreeName(name string, isTaken func(string) bool) string {
	free := name
	for i := 2; isTaken(free); i++ {
		free = fmt.Sprint(name, i)
	}
	return free
}

// Parameters returns the parameters of an operation: its own, then those of its path item that it
// does not override.
func Parameters(item *openapi3.PathItem, op *openapi3.Operation) []*openapi3.Parameter {
	var out []*openapi3.Parameter
	seen := make(map[[2]string]bool, len(op.Parameters)+len(item.Parameters))
	for _, refs := range []openapi3.Parameters{op.Parameters, item.Parameters} {
		for _, r := range refs {
			if r == nil || r.Value == nil {
				continue
			}
			if key := [2]string{r.Value.In, r.Value.Name}; !seen[key] {
				seen[key] = true
				out = append(out, r.Value)
			}
		}
	}
	return out
}
