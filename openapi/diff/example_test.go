package diff_test

import (
	"fmt"
	"log"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
)

// Documents lists what changed, and which changes break callers.
func ExampleOptions_Documents() {
	const text = `{"openapi":"3.1.0","info":{"title":"Orders","version":"1"},"paths":{"/orders":{"get":{"responses":{"200":{"description":"ok"}},
		"parameters":[{"name":"limit","in":"query","required":%t,"schema":{"type":"integer"}}]}}}}`
	var docs [2]*openapi3.T
	for i, required := range []bool{false, true} {
		var err error
		if docs[i], err = openapi.Load(fmt.Appendf(nil, text, required)); err != nil {
			log.Fatal(err)
		}
	}
	changes, err := diff.Options{}.Documents(docs[0], docs[1])
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range changes {
		fmt.Println(c.Level == diff.Breaking, c.Method, c.Path, c.ID)
	}
	// Output:
	// true GET /orders request-parameter-became-required
}
