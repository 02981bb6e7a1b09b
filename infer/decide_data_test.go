package infer_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

// TestDataIsNoName sends data where names stand: as a form without a value, a flag of a query, a
// member, a path, a value that only a few records have.
func TestDataIsNoName(t *testing.T) {
	const odd = "application/x-www-form-urlencoded"
	people := func(name string) (fs []flow.Flow) {
		for i := range 24 {
			word := []string{"Harry", "Pedro", "Mark"}[i%3]
			fs = append(fs, get(fmt.Sprintf("/people/%d", i), "", fmt.Sprintf(`{"id":%d,%q:%q}`, i, name, word)))
		}
		return fs
	}
	for _, tt := range []struct {
		name, data string
		flows      []flow.Flow
	}{
		{"a form of one word", "hunter22", []flow.Flow{call("POST", "/login", 200, odd, "hunter22=", "", ""), call("POST", "/login", 200, odd, "hunter22=", "", "")}},
		{"a form that is JSON", "ada", []flow.Flow{call("POST", "/login", 200, odd, `{"user":"ada","a":"b=c"}`, "", "")}},
		{"a flag", "Xk29fjQ8sLp0aB7d", []flow.Flow{get("/things", "Xk29fjQ8sLp0aB7d", `[1]`)}},
		{"a member", "order 22", []flow.Flow{get("/things", "", `{"order 22":1}`)}},
		{"a member of a record", "order 22", []flow.Flow{get("/things", "", `{"order 22":{"a":1,"b":2,"c":3}}`)}},
		{"a filter", "hunter22", []flow.Flow{get("/things", "filter[hunter22]=1", `[1]`)}},
		{"a path", "adadoe", []flow.Flow{get("/-/user/adadoe/package", "", `{}`), get("/-/whoami", "", `{"username":"adadoe"}`)}},
		{"a marked path", "adadoe", []flow.Flow{get("/~adadoe/paper", "", `{}`)}},
		{"a value in another case", "erlin", []flow.Flow{get("/weather/berlin", "", `{"city":"Berlin","temp":3}`)}},
		{"a key that is a value", "zelda", []flow.Flow{get("/scores", "", `{"scores":{"zelda":1,"other":2}}`), get("/winner", "", `{"name":"zelda"}`)}},
		{"joined words", "Harry", people("fullname")},
		{"a free word", "Harry", people("religion")},
		{"capitals", "HARRY", func() []flow.Flow {
			fs := people("doctor")
			for i := range fs {
				fs[i].Response.Body.Data = bytes.ToUpper(fs[i].Response.Body.Data)
			}
			return fs
		}()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, version := range []string{"3.0", "3.1"} {
				if doc := document(t, modelOf(tt.flows), version); bytes.Contains(doc, []byte(tt.data)) {
					t.Errorf("the document holds %s:\n%s", tt.data, doc)
				}
			}
			soundBoth(t, tt.flows)
		})
	}
	names := []flow.Flow{get("/things", "order=up&pretty", `{"order_2":1,"sha256":"a"}`), get("/things", "order=up", `{"Order 22":1}`), get("/things", "", `{"Order 22":2}`),
		get("/columns", "sort=qty", `[{"name":"status","field":"qty"}]`), get("/apis/apps.k8s.io", "", `{"name":"apps.k8s.io","status":1,"qty":2}`),
		post("/graphql", `{"operationName":"GetAnna","query":"query GetAnna { anna }"}`, `{"data":{"anna":1}}`)}
	if d := modelOf(names).Document(infer.Options{}); len(d.Data) > 0 {
		t.Errorf("%v are data", d.Data)
	}
}
