package openapi_test

import (
	"fmt"
	"log"
	"os"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/openapi"
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

func ExampleBuild() {
	doc, err := openapi.Build(infer.Document{
		Title:   "pets.example",
		Servers: []string{"https://pets.example"},
		Operations: []infer.Operation{{
			Method: "GET", Path: "/pets/{id}", ID: "getPet",
			Params:    []infer.Param{{Name: "id", In: infer.InPath, Required: true, Schema: &schema.Schema{Kind: schema.Integer}}},
			Responses: []infer.Response{{Status: 204}},
		}},
	}, openapi.Options{Version: "3.0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	openapi.Encode(os.Stdout, doc, openapi.YAML)
	// Output:
	// openapi: 3.0.3
	// info:
	//   title: pets.example
	//   version: 1.0.0
	// servers:
	//   - url: https://pets.example
	// paths:
	//   /pets/{id}:
	//     get:
	//       operationId: getPet
	//       parameters:
	//         - name: id
	//           in: path
	//           required: true
	//           schema:
	//             type: integer
	//       responses:
	//         "204":
	//           description: No Content
}

func ExampleChecker() {
	doc, err := openapi.Load([]byte(petsYAML))
	if err != nil {
		fmt.Println(err)
		return
	}
	checker, err := openapi.NewChecker(doc, openapi.CheckConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	body := []byte(`{"name": 5}`)
	result := checker.Check(&flow.Flow{
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

func ExampleRouter_FindPath() {
	doc, err := openapi.Load([]byte(petsYAML))
	if err != nil {
		fmt.Println(err)
		return
	}
	router, err := openapi.NewRouter(doc)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, ok := router.FindPath("GET", "pets.example", "/pets/12")
	fmt.Println(ok, m.Operation.OperationID, m.Params["id"])
	// Output: true getPet 12
}

func ExampleFilter() {
	out, kept, err := openapi.Filter([]byte(petsYAML), openapi.FilterConfig{Methods: []string{"DELETE"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(kept, len(out) > 0)
	// Output: 0 true
}

// What changed between two documents, and what of it breaks callers.
func ExampleDiff() {
	const text = `{"openapi":"3.1.0","info":{"title":"Orders","version":"1"},"paths":{"/orders":{"get":{"responses":{"200":{"description":"ok"}},
		"parameters":[{"name":"limit","in":"query","required":%t,"schema":{"type":"integer"}}]}}}}`
	var docs [2]*openapi3.T
	for i, required := range []bool{false, true} {
		var err error
		if docs[i], err = openapi.Load(fmt.Appendf(nil, text, required)); err != nil {
			log.Fatal(err)
		}
	}
	changes, err := openapi.Diff(docs[0], docs[1])
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range changes {
		fmt.Println(c.Level == openapi.Breaking, c.Method, c.Path, c.ID)
	}
	// Output:
	// true GET /orders request-parameter-became-required
}

// Numbers of schemas are read to the letter, though a schema's own fields are float64.
func ExampleExactNumber() {
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},
		"components":{"schemas":{"ID":{"type":"integer","maximum":9223372036854775807}}}}`))
	if err != nil {
		log.Fatal(err)
	}
	id := doc.Components.Schemas["ID"].Value
	exact, ok := openapi.ExactNumber(id, "maximum")
	fmt.Printf("%.0f %s %t\n", *id.Max, exact, ok)
	// Output:
	// 9223372036854775808 9223372036854775807 true
}
