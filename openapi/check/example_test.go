package check_test

import (
	"context"
	"fmt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
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

func ExampleChecker() {
	doc, err := openapi.Load([]byte(petsYAML))
	if err != nil {
		fmt.Println(err)
		return
	}
	checker, err := check.New(doc, check.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	body := []byte(`{"name": 5}`)
	result := checker.Check(context.Background(), &flow.Flow{
		Seq:     7,
		Request: flow.Request{Method: "GET", Scheme: "https", Authority: "pets.example", Path: "/pets/12"},
		Response: &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
			Body: flow.Body{Data: body, Size: int64(len(body))}},
	})
	for _, m := range result.Mismatches {
		fmt.Printf("flow %d, %s %s: %s: %s\n", m.Flow, m.Method, m.Path, m.Where, m.Message)
	}
	// Output:
	// flow 7, GET /pets/{id}: response /name: want string, got number
}
