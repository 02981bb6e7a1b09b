package router_test

import (
	"fmt"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

func ExampleRouter_FindPath() {
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"Pets","version":"1"},
		"servers":[{"url":"https://pets.example"}],"paths":{"/pets/{id}":{"get":{"operationId":"getPet",
		"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],
		"responses":{"200":{"description":"OK"}}}}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := router.New(doc)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, ok := r.FindPath("GET", "pets.example", "/pets/12")
	fmt.Println(ok, m.Operation.OperationID, m.Params["id"])
	// Output: true getPet 12
}
