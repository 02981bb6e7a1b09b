package build_test

import (
	"fmt"
	"os"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
)

func ExampleDocument() {
	doc, err := build.Document(infer.Document{
		Title:   "pets.example",
		Servers: []string{"https://pets.example"},
		Operations: []infer.Operation{{
			Method: "GET", Path: "/pets/{id}", ID: "getPet",
			Params:    []infer.Param{{Name: "id", In: infer.InPath, Required: true, Schema: &schema.Schema{Kind: schema.Integer}}},
			Responses: []infer.Response{{Status: 204}},
		}},
	}, build.Options{Version: "3.0"})
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
	//       description: Returns no body.
	//       security: []
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
