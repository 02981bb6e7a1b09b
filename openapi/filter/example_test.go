package filter_test

import (
	"fmt"

	"github.com/spectap/spectap/openapi/filter"
)

func ExampleDocument() {
	document := []byte("openapi: 3.1.0\ninfo: {title: Pets, version: '1'}\n" +
		"paths: {/pets: {get: {responses: {'200': {description: OK}}}}}\n")
	out, kept, err := filter.Document(document, filter.Config{Methods: []string{"DELETE"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(kept, len(out) > 0)
	// Output: 0 true
}
