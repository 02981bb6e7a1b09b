package page_test

import (
	"log"
	"os"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/page"
)

// Markdown writes a document with tables; HTML writes one file that loads nothing else.
func ExampleMarkdown() {
	doc, err := openapi.Load([]byte(`
openapi: 3.1.0
info: {title: Orders, version: "1"}
paths:
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: getOrder, summary: One order, responses: {"200": {description: found}}}
`))
	if err != nil {
		log.Fatal(err)
	}
	if err := page.Markdown(os.Stdout, doc); err != nil {
		log.Fatal(err)
	}
	// Output:
	// # Orders
	//
	// Version 1, 1 operation.
	//
	// ## Operations
	//
	// ### GET /orders/{id}
	//
	// One order
	//
	// Operation `getOrder`.
	//
	// | parameter | in | type | |
	// | --- | --- | --- | --- |
	// | `id` (required) | path | integer |  |
	//
	// **200** found
}
