package diff

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/openapi"
)

// Schemas of which every combination is another schema are merged within a bound.
func TestFlattenIsBounded(t *testing.T) {
	var parts []string
	var schemas strings.Builder
	for i := range 24 { // each has a cycle of a prime length, so that together they repeat after their product
		n := []int{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89}[i]
		for j := range n {
			fmt.Fprintf(&schemas, `"C%d_%d": {"properties": {"next": {"$ref": "#/components/schemas/C%d_%d"}}}, `, i, j, i, (j+1)%n)
		}
		parts = append(parts, fmt.Sprintf(`{"$ref": "#/components/schemas/C%d_0"}`, i))
	}
	doc, err := openapi.Load([]byte(`{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": {` +
		schemas.String() + `"All": {"allOf": [` + strings.Join(parts, ", ") + `]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := flatten(doc, ofPerson.steps); err != nil {
		t.Fatal(err)
	}
	count := 0
	for s := doc.Components.Schemas["All"].Value; s != nil && s.Properties["next"] != nil; s = s.Properties["next"].Value {
		count++
	}
	if count == 0 || count > maxParts {
		t.Errorf("%d schemas were made", count)
	}
	t.Logf("%d schemas in %s", count, time.Since(start))
}
