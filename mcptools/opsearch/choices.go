package opsearch

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Choice is a value of a parameter that selects what the bodies of an operation are. Text says
// which members these have and others lack.
type Choice struct{ Value, Text string }

// Choices reads x-spectap-variants of parameters. Extensions of another form are ignored.
func Choices(lists ...openapi3.Parameters) (out []Choice) {
	for _, r := range slices.Concat(lists...) {
		if r.Value == nil || r.Value.Extensions["x-spectap-variants"] == nil {
			continue
		}
		var members map[string][]string
		if data, err := json.Marshal(r.Value.Extensions["x-spectap-variants"]); err != nil || json.Unmarshal(data, &members) != nil {
			continue
		}
		for _, v := range slices.Sorted(maps.Keys(members)) {
			out = append(out, Choice{v, strings.TrimSpace(r.Value.Name + "=" + v + " " + strings.Join(members[v], ", "))})
		}
	}
	return out
}
