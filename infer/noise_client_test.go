package infer_test

import (
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

// TestNoiseOfClients holds that cache busters of scripts and headers that describe a program are no
// parameters, that a GraphQL operation which was only refused is left out, and that one without a
// word in its name has an operationId.
func TestNoiseOfClients(t *testing.T) {
	var fs []flow.Flow
	for i := range 6 {
		buster := []string{"_=17000000%05d", "17636328%05d", "17636328%05d=", "0d5a7c1e-6f3b-4a7e-9d55-2b7a3f4%05d", "9f86d081884c7d65%05d"}[i%5]
		f := get("/feed", fmt.Sprintf(buster, i), `[{"id":1}]`)
		f.Request.Header = flow.Header{{Name: "User-Agent", Value: "npm/9.1 node"}, {Name: "Npm-Session", Value: fmt.Sprint(i)}, {Name: "Shop-Mode", Value: "x"}}
		fs = append(fs, f)
	}
	fs = append(fs,
		post("/graphql", `{"query":"query Book { book }"}`, `{"data":{"book":1}}`),
		post("/graphql", `{"query":"query Torn { torn }"}`, `{"errors":[{"message":"no torn"}]}`),
		call("POST", "/graphql", 400, "application/json", `{"query":"query Bad { bad }"}`, "application/json", `{"errors":[{"message":"no bad"}]}`),
		post("/graphql", `{"query":"mutation _ { drop(id: 1) { id } }"}`, `{"data":{"drop":{"id":1}}}`))
	d := soundBoth(t, fs)
	if op := operation(t, d, "GET", "/feed"); len(op.Params) != 1 || op.Params[0].Name != "Shop-Mode" {
		t.Errorf("parameters %+v", op.Params)
	}
	var ids []string
	for _, op := range d.Operations[1:] {
		ids = append(ids, op.ID)
	}
	if fmt.Sprint(ids) != "[book graphQlMutation]" {
		t.Errorf("operations %v", ids)
	}
	for _, x := range d.Excluded {
		if x.Reason != infer.ReasonNoData || x.Count != 2 {
			t.Errorf("left out %+v", x)
		}
	}
}
