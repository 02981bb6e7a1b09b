package infer_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

// post returns the flow of a POST with JSON bodies.
func post(path, request, response string) flow.Flow {
	return call("POST", path, 200, "application/json", request, "application/json", response)
}

// TestBatches holds that the calls of a batch count for their operations, and its flow for the
// batch operation only.
func TestBatches(t *testing.T) {
	var fs []flow.Flow
	request := func(id int, method, params string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, id, method, params)
	}
	for i := range 6 {
		fs = append(fs,
			post("/rpc", request(i, "sum", "[1,2]"), fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":3}`, i)),
			post("/rpc", "["+request(1, "sum", "[1]")+","+request(2, "user", `{"id":7}`)+`,{"jsonrpc":"2.0","method":"note","params":{"e":"x"}}]`,
				`[{"jsonrpc":"2.0","id":2,"result":{"name":"a"}},{"jsonrpc":"2.0","id":1,"result":1}]`),
			post("/rpc", "["+request(1, "sum", "[1]")+"]", `{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"busy"}}`),
			post("/graphql", `[{"query":"query A { a }"},{"query":"mutation B { b { c } }"}]`, `[{"data":{"a":1}},{"data":{"b":{"c":true}}}]`),
			post("/graphql", `[{"query":"query A { a }"}`, `[`)) // truncated
	}
	d := soundBoth(t, fs)
	sum := int64(0)
	var got []string
	for _, op := range d.Operations {
		got = append(got, fmt.Sprint(op.Path, " ", op.ID, " ", op.Seen))
		sum += op.Seen
	}
	for _, x := range d.Excluded {
		sum += x.Count
	}
	want := []string{"/graphql#(batch) batchGraphql 6", "/graphql#A a 0", "/graphql#B b 0",
		"/rpc#(batch) batchRpc 12", "/rpc#note note 0", "/rpc#sum sum 6", "/rpc#user user 0"}
	if !slices.Equal(got, want) || sum != int64(len(fs)) {
		t.Errorf("%d of %d flows add up; got\n%q, want\n%q", sum, len(fs), got, want)
	}
	user := operation(t, d, "POST", "/rpc#user").Responses[0].Content[0].Schema
	if s := property(t, d, user, "result"); property(t, d, s, "name").Kind != schema.String {
		t.Errorf("response of user: %+v", s)
	}
	if s := property(t, d, operation(t, d, "POST", "/rpc#sum").Request.Content[0].Schema, "method"); !slices.Equal(s.Enum, []string{"sum"}) {
		t.Errorf("method of sum: %+v", s)
	}
	e, err := modelOf(fs).Explain(infer.Options{}, "POST", "/rpc#sum")
	if err != nil || e.Seen != 6 || e.Batched != 12 {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestSameName holds that a query and a mutation with one name, and so one path, are one operation
// that accepts both.
func TestSameName(t *testing.T) {
	fs := []flow.Flow{
		post("/g", `{"query":"query A { a }"}`, `{"data":{"a":1}}`),
		post("/g", `{"query":"mutation A { a }"}`, `{"data":{"a":"x"}}`),
		post("/g", `{"operationName":"A","variables":{}}`, `{"data":null}`)}
	for n := 2; n <= len(fs); n++ {
		d := soundBoth(t, fs[:n])
		if len(d.Operations) != 1 || d.Operations[0].Seen != int64(n) || d.Operations[0].Variants[0].Kind != "GraphQL mutation" {
			t.Errorf("%d calls: %+v", n, d.Operations)
		}
	}
}

// TestRequiredDocument holds that a GraphQL operation requires its document, unless the server knows
// it by a hash.
func TestRequiredDocument(t *testing.T) {
	const full = `{"query":"query A { a }","operationName":"A","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`
	const known = `{"operationName":"A","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`
	for request, want := range map[string]bool{full: true, known: false} {
		fs := []flow.Flow{post("/g", full, `{"data":{"a":1}}`), post("/g", request, `{"data":{"a":2}}`)}
		d := soundBoth(t, fs)
		s := operation(t, d, "POST", "/g#A").Request.Content[0].Schema
		for _, c := range d.Components {
			if s.Ref == c.Name {
				s = c.Schema
			}
		}
		members := s.Properties
		i := slices.IndexFunc(members, func(p schema.Property) bool { return p.Name == "query" })
		if i < 0 || members[i].Required != want {
			t.Errorf("after %s: %+v, want required %t", request, members, want)
		}
	}
}

// TestBlankBody holds that flows with a body of white space count once.
func TestBlankBody(t *testing.T) {
	fs := []flow.Flow{post("/a", " \n", "{}"), post("/a", "{}", "\t"), post("/a", " ", " ")}
	if d := modelOf(fs).Document(infer.Options{}); d.Flows != 3 {
		t.Errorf("%d flows", d.Flows)
	}
}

// TestBodyOfRead holds that a GET never requires a body, even if a client sends one.
func TestBodyOfRead(t *testing.T) {
	var fs []flow.Flow
	for range 4 {
		write, read := post("/orders", `{"a":1}`, "{}"), post("/orders", `{"a":1}`, "{}")
		read.Request.Method = "GET"
		fs = append(fs, write, read)
	}
	got := map[string]bool{}
	for _, op := range modelOf(fs).Document(infer.Options{}).Operations {
		got[op.Method] = op.Request != nil && op.Request.Required
	}
	if !got["POST"] || got["GET"] {
		t.Errorf("required: %v", got)
	}
}

// TestProcedures holds that the document of a tRPC API is the same whether its client sends calls
// alone or in batches.
func TestProcedures(t *testing.T) {
	reads := func(i int) []flow.Flow {
		return []flow.Flow{
			get("/trpc/post.byId", fmt.Sprintf("input=%%7B%%22id%%22%%3A%d%%7D", 40+i), fmt.Sprintf(`{"result":{"data":{"id":%d}}}`, 40+i)),
			get("/trpc/user.byId", fmt.Sprintf("input=%%22u_%d%%22", i), `{"result":{"data":null}}`),
		}
	}
	var single, batches []flow.Flow
	for i := range 9 {
		single = append(single, reads(i)...)
		single = append(single, post("/trpc/post.create", `{"title":"A"}`, `{"result":{"data":{"id":1}}}`))
		batches = append(batches, post("/trpc/post.create", `{"0":{"title":"A"}}`, `[{"result":{"data":{"id":1}}}]`),
			get("/trpc/post.byId,user.byId", fmt.Sprintf("batch=1&input=%%7B%%220%%22%%3A%%7B%%22id%%22%%3A%d%%7D%%2C%%221%%22%%3A%%22u_%d%%22%%7D", 40+i, i),
				fmt.Sprintf(`[{"result":{"data":{"id":%d}}},{"result":{"data":null}}]`, 40+i)))
		batches[len(batches)-2].Request.RawQuery = "batch=1"
	}
	want, got := soundBoth(t, single), soundBoth(t, batches)
	for _, op := range want.Operations {
		for _, q := range op.Params {
			if !q.IsJSON {
				t.Errorf("the parameter %s of %s is not JSON", q.Name, op.Path)
			}
		}
	}
	got.Operations[2].Seen = want.Operations[2].Seen // its flow counts for another operation
	if !reflect.DeepEqual(got.Operations, want.Operations) {
		t.Errorf("batches give %+v\nsingle calls %+v", got.Operations, want.Operations)
	}
}
