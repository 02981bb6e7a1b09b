package filter_test

import (
	"fmt"

	"github.com/spectap/spectap/openapi/filter"
)

const petsYAML = `
openapi: 3.1.0
info: {title: Pets, version: "1"}
servers: [{url: "https://pets.example"}]
paths:
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        "200":
          description: OK
          content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string}}}}}
`

func ExampleDocument() {
	out, kept, err := filter.Document([]byte(petsYAML), filter.Config{Methods: []string{"DELETE"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(kept, len(out) > 0)
	// Output: 0 true
}
