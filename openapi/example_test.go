package openapi_test

import (
	"fmt"
	"log"

	"github.com/spectap/spectap/openapi"
)

// The fields of a schema are float64; Exact returns all digits.
func ExampleExact() {
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},
		"components":{"schemas":{"ID":{"type":"integer","maximum":9223372036854775807}}}}`))
	if err != nil {
		log.Fatal(err)
	}
	id := doc.Components.Schemas["ID"].Value
	exact, ok := openapi.Exact(id, "maximum")
	fmt.Printf("%.0f %s %t\n", *id.Max, exact, ok)
	// Output:
	// 9223372036854775808 9223372036854775807 true
}
