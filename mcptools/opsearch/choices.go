package opsearch

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// Choice is a value of a parameter that selects what the bodies of an operation are. Text says
// which members these have and others lack.
type Choice struct{ Value, Text string }

// Choices reads [openapi.ExtVariants] of parameters. Extensions of another form are ignored.
func Choices(lists ...openapi3.Parameters) (out []Choice) {
	for _, r := range slices.Concat(lists...) {
		if r.Value == nil || r.Value.Extensions[openapi.ExtVariants] == nil {
			continue
		}
		var members map[string][]string
		if data, err := json.Marshal(r.Value.Extensions[openapi.ExtVariants]); err != nil || json.Unmarshal(data, &members) != nil {
			continue
		}
		for _, v := range slices.Sorted(maps.Keys(members)) {
			out = append(out, Choice{v, strings.TrimSpace(r.Value.Name + "=" + v + " " + strings.Join(members[v], ", "))})
		}
	}
	return out
}
