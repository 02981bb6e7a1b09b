package call_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
)

// TestProcedures splits what @trpc/client 11 sends with httpBatchLink and httpBatchStreamLink and
// @trpc/server 11 answers, in the second of two streams with the transformer superjson.
func TestProcedures(t *testing.T) {
	const list, twoReads = "/api/trpc/post.list,user.me", "batch=1&input=%7B%220%22%3A%7B%22limit%22%3A5%7D%7D"
	const notFound = `{"error":{"message":"no post 9","code":-32004,"data":{"code":"NOT_FOUND","httpStatus":404}}}`
	for _, tt := range []struct {
		name, method, path, query, body string
		status                          int
		response                        string
		want                            []string // method, path, query, body, status and response of each
	}{
		{"reads", "GET", list, twoReads, "", 200, `[{"result":{"data":[1]}},{"result":{"data":null}}]`,
			[]string{`GET /api/trpc/post.list?input=%7B%22limit%22%3A5%7D  200 {"result":{"data":[1]}}`, `GET /api/trpc/user.me?  200 {"result":{"data":null}}`}},
		{"one of two fails", "GET", "/api/trpc/user.me%2Cpost.byId", "batch=1&input=%7B%221%22%3A9%7D&v=2", "", 207, `[{"result":{"data":null}},` + notFound + `]`,
			[]string{`GET /api/trpc/user.me?v=2  200 {"result":{"data":null}}`, `GET /api/trpc/post.byId?v=2&input=9  404 ` + notFound}},
		{"one write", "POST", "/trpc/post.create", "batch=1", `{"0":{"title":"A"}}`, 200, `[{"result":{"data":{"id":1}}}]`,
			[]string{`POST /trpc/post.create? {"title":"A"} 200 {"result":{"data":{"id":1}}}`}},
		{"one error for all", "POST", "/trpc/a,b", "batch=1", `{"0":1,"1":2}`, 413, `{"error":{"message":"too large"}}`,
			[]string{`POST /trpc/a? 1 413 {"error":{"message":"too large"}}`, `POST /trpc/b? 2 413 {"error":{"message":"too large"}}`}},
		{"no answer", "GET", list, twoReads, "", 502, `<html>`,
			[]string{`GET /api/trpc/post.list?input=%7B%22limit%22%3A5%7D  502 `, `GET /api/trpc/user.me?  502 `}},
		{"a stream", "GET", list, twoReads, "", 200, `{"0":[[0],[null,0,0]],"1":[[0],[null,0,1]]}
[0,0,[[{"result":0}],["result",0,2]]]
 [2,0,[[{"data":0}],["data",0,3]]]
[1,0,[[{"error":{"message":"no","data":{"httpStatus":401}}}]]]
[3,0,[[[{"id":7}]]]]
`, []string{`GET /api/trpc/post.list?input=%7B%22limit%22%3A5%7D  200 {"result":{"data":[{"id":7}]}}`,
			`GET /api/trpc/user.me?  401 {"error":{"message":"no","data":{"httpStatus":401}}}`}},
		{"a stream with superjson", "GET", list, twoReads, "", 200, `{"json":{"0":[[0],[null,0,0]],"1":[[0],[null,0,1]]}}
{"json":[0,0,[[{"result":0}],["result",0,2]]]}
{"json":[2,0,[[{"data":0}],["data",0,3]]]}
{"json":[1,0,[[{"error":{"message":"no","data":{"httpStatus":401}}}]]]}
{"json":[3,0,[[{"id":7}]]],"meta":{"values":{"at":["Date"]}}}
`, []string{`GET /api/trpc/post.list?input=%7B%22limit%22%3A5%7D  200 {"result":{"data":{"json":{"id":7}}}}`,
			`GET /api/trpc/user.me?  401 {"error":{"json":{"message":"no","data":{"httpStatus":401}}}}`}},
		{"a stream that ended early", "GET", "/trpc/a", "batch=1", "", 200, `{"0":[[0],[null,0,0]]}` + "\n", nil},
		{"another API's import", "POST", "/items/import", "batch=1", `{"items":[{"id":1}]}`, 200, `{"result":"ok"}`, nil},
		{"another API's job", "GET", "/items/import", "batch=1", "", 200, `{"result":"ok"}`, nil},
		{"another API's list", "GET", "/items", "batch=1&input=a", "", 200, `[{"id":1}]`, nil},
		{"another API's import that fails", "POST", "/items/import", "batch=1", `{"items":[]}`, 200, `{"message":"no items"}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := request(tt.method, "application/json", tt.body)
			f.Request.Path, f.Request.RawQuery = tt.path, tt.query
			f.Request.Header = append(f.Request.Header, flow.Field{Name: "trpc-accept", Value: "application/jsonl"})
			f.Response.Status = tt.status
			f.Response.Header, f.Response.Body = message("application/json", tt.response)
			var got []string
			for _, c := range call.Procedures(&f) {
				got = append(got, fmt.Sprintf("%s %s?%s %s %d %s", c.Request.Method, c.Request.Path, c.Request.RawQuery, c.Request.Body.Data, c.Response.Status, c.Response.Body.Data))
				if c.Request.Header.Has("trpc-accept") {
					t.Error("a call alone asks for a stream")
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q\nwant %q", got, tt.want)
			}
		})
	}
}
