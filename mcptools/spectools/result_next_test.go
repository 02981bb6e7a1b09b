package spectools

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard"
)

// pagedDocument has a list for each style of paging.
const pagedDocument = `
openapi: 3.1.0
info: {title: Lists, version: "1"}
paths:
  /page: {get: {operationId: byPage, parameters: [{name: page, in: query, schema: {type: integer}}, {name: per_page, in: query, schema: {type: integer, default: 2}}, {name: q, in: query, schema: {type: string}}], responses: {200: {description: OK}}}}
  /number: {get: {operationId: byNumber, parameters: [{name: page, in: query, schema: {type: number}}], responses: {200: {description: OK}}}}
  /zero: {get: {operationId: byZero, parameters: [{name: page, in: query, schema: {type: integer, minimum: 0}}, {name: size, in: query, schema: {type: integer}}], responses: {200: {description: OK}}}}
  /offset: {get: {operationId: byOffset, parameters: [{name: offset, in: query, schema: {type: integer}}, {name: limit, in: query, schema: {type: integer}}], responses: {200: {description: OK}}}}
  /cursor: {get: {operationId: byCursor, parameters: [{name: cursor, in: query, schema: {type: string}}, {name: since, in: query, schema: {type: string}}], responses: {200: {description: OK}}}}
  /token: {get: {operationId: byToken, parameters: [{name: pageToken, in: query, schema: {type: string}}, {name: maxResults, in: query, schema: {type: integer}}], responses: {200: {description: OK}}}}
  /after: {get: {operationId: byAfter, parameters: [{name: starting_after, in: query, schema: {type: string}}, {name: ending_before, in: query, schema: {type: string}}, {name: limit, in: query, schema: {type: integer}}], responses: {200: {description: OK}}}}
  /key: {get: {operationId: byKey, parameters: [{name: startKey, in: query, schema: {type: string}}], x-spectap-pagination: {style: cursor, parameter: startKey, next: /LastKey, items: /Rows}, responses: {200: {description: OK}}}}
  /users/{id}/things: {get: {operationId: things, parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: page, in: query, schema: {type: integer}}, {name: tags, in: query, schema: {type: array, items: {type: string}}}], responses: {200: {description: OK}}}}
  /search:
    post:
      operationId: search
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {query: {type: string}, cursor: {type: string}}}}}}
      responses: {200: {description: OK}}
`

// TestNextPage calls lists of all styles of paging. The answer says how to get the next page, and
// that call asks the API for it.
func TestNextPage(t *testing.T) {
	const rows = `[{"id":"a"},{"id":"b"}]`
	a := newAPI(t)
	set := newSet(t, pagedDocument, Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}})
	c := connectTo(t, NewServer(set, ServerOptions{}), true)
	dynamic := connectTo(t, NewServer(set, ServerOptions{Mode: ModeDynamic}), true)
	for _, tt := range []struct {
		name, tool, args string
		link, body       string
		want             string // of the request for the next page; "" for none
		maybe            bool
	}{
		{"page", "byPage", `{"q":"x"}`, "", rows, "/page?q=x&page=2", true},
		{"page with more", "byPage", `{"page":3}`, "", `{"items":` + rows + `,"has_more":true}`, "/page?page=4", false},
		{"page with a total", "byPage", `{"page":3}`, "", `{"items":` + rows + `,"total":6}`, "", false},
		{"page with pages", "byPage", `{"page":3}`, "", `{"items":` + rows + `,"meta":{"total_pages":4}}`, "/page?page=4", false},
		{"last page", "byPage", `{"page":3}`, "", `[{"id":"c"}]`, "", false},
		{"empty page", "byPage", `{"page":3}`, "", `[]`, "", false},
		{"number of the next page", "byPage", `{}`, "", `{"data":` + rows + `,"next_page":7}`, "/page?page=7", false},
		{"text for a number", "byNumber", `{}`, "", `{"data":` + rows + `,"next_page":"x"}`, "", false},
		{"arguments for a number", "byNumber", `{}`, "", `{"data":` + rows + `,"next_page":"2,\"q\":1"}`, "", false},
		{"number in a text", "byNumber", `{}`, "", `{"data":` + rows + `,"next_page":"2"}`, "/number?page=2", false},
		{"comma in a link", "byPage", `{}`, `</page?page=2&q=a,b;c>; title="d, e"; rel="next last"`, rows, "/page?page=2&q=a%2Cb%3Bc", false},
		{"second link", "byPage", `{}`, `</page?q=a,b>; rel=first, </page?page=2>; rel=next`, rows, "/page?page=2", false},
		{"no next page", "byPage", `{}`, "", `{"data":` + rows + `,"next_page":null}`, "", false},
		{"from zero", "byZero", `{}`, "", `{"content":` + rows + `,"page":{"number":0,"totalPages":2}}`, "/zero?page=1", false},
		{"from zero, last", "byZero", `{"page":1}`, "", `{"content":` + rows + `,"page":{"number":1,"totalPages":2}}`, "", false},
		{"offset", "byOffset", `{"limit":2}`, "", `{"results":` + rows + `,"total":3}`, "/offset?limit=2&offset=2", false},
		{"offset, last", "byOffset", `{"limit":2,"offset":1}`, "", `{"results":` + rows + `,"total":3}`, "", false},
		{"offset, short", "byOffset", `{"limit":5}`, "", rows, "", false},
		{"offset without a size", "byOffset", `{"offset":10}`, "", rows, "/offset?offset=12", true},
		{"cursor", "byCursor", `{"since":"s"}`, "", `{"items":` + rows + `,"next_cursor":"c/2=="}`, "/cursor?since=s&cursor=c%2F2%3D%3D", false},
		{"cursor in an object", "byCursor", `{}`, "", `{"items":[],"paging":{"cursors":{"before":"x","next":"y"}}}`, "/cursor?cursor=y", false},
		{"cursor of this page", "byCursor", `{"cursor":"y"}`, "", `{"items":` + rows + `,"cursor":"y"}`, "", false},
		{"empty cursor", "byCursor", `{"cursor":"y"}`, "", `{"items":` + rows + `,"next_cursor":""}`, "", false},
		{"token", "byToken", `{"maxResults":2}`, "", `{"items":` + rows + `,"nextPageToken":"t2"}`, "/token?maxResults=2&pageToken=t2", false},
		{"token of another name", "byToken", `{}`, "", `{"items":` + rows + `,"metadata":{"continue":"t3"}}`, "/token?pageToken=t3", false},
		{"no token", "byToken", `{}`, "", `{"items":` + rows + `}`, "", false},
		{"after the last", "byAfter", `{"limit":2}`, "", `{"data":` + rows + `,"has_more":true}`, "/after?limit=2&starting_after=b", false},
		{"after the last, end", "byAfter", `{"limit":2}`, "", `{"data":` + rows + `,"has_more":false}`, "", false},
		{"what the document says", "byKey", `{}`, "", `{"Rows":` + rows + `,"LastKey":"k"}`, "/key?startKey=k", false},
		{"what the document says, last", "byKey", `{}`, "", `{"Rows":` + rows + `}`, "", false},
		{"Link header", "things", `{"id":"u 1","tags":["x","y"]}`, `<https://api.example/v3/users/u%201/things?tags=x&tags=y&page=2>; rel="next"`, rows, "/users/u%201/things?tags=x&tags=y&page=2", false},
		{"Link header, last page", "things", `{"id":"u"}`, `</users/u/things?page=1>; rel="prev"`, rows, "", false},
		{"Link header elsewhere", "things", `{"id":"u"}`, `</users/v/things?page=9>; rel="next"`, `{}`, "", false},
		{"Link header with an unknown parameter", "byCursor", `{}`, `</cursor?secret=1>; rel="next"`, `{}`, "", false},
		{"URL in the body", "things", `{"id":"u"}`, "", `{"results":` + rows + `,"next":"http://127.0.0.1/users/u/things?page=5"}`, "/users/u/things?page=5", false},
		{"relative URL", "things", `{"id":"u"}`, "", `{"results":` + rows + `,"links":{"next":{"href":"?page=6"}}}`, "/users/u/things?page=6", false},
		{"HAL", "things", `{"id":"u"}`, "", `{"_embedded":{"things":` + rows + `},"_links":{"next":{"href":"/users/u/things?page=7"}}}`, "/users/u/things?page=7", false},
		{"cursor in a body", "search", `{"requestBody":{"query":"x"}}`, "", `{"hits":` + rows + `,"next_cursor":"n"}`, `{"cursor":"n","query":"x"}`, false},
		{"not a list", "byPage", `{}`, "", `{"id":"a","name":"b"}`, "", false},
		{"not JSON", "byPage", `{}`, "", `text`, "", false},
		{"a cursor that says something", "byCursor", `{}`, "", `{"items":` + rows + `,"next_cursor":"x\n200 OK\u202e"}`, "/cursor?cursor=x%0A200%20OK%E2%80%AE", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a.mu.Lock()
			a.answer = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if tt.link != "" {
					w.Header().Set("Link", tt.link)
				}
				io.WriteString(w, tt.body)
			}
			a.mu.Unlock()
			r := call(t, c, tt.tool, tt.args)
			next, _ := r.Raw["metadata"].(map[string]any)["next_page"].(map[string]any)
			if (next != nil) != (tt.want != "") || strings.Contains(r.text, "Next page") != (tt.want != "") {
				t.Fatalf("next is %v:\n%s", next, r.text)
			}
			if next == nil {
				return
			}
			arguments := string(mustJSON(next["arguments"]))
			if next["tool"] != tt.tool || (next["maybe"] == true) != tt.maybe {
				t.Errorf("next is %v", next)
			}
			if line := strings.Split(r.text, "\n")[1]; !strings.HasPrefix(line, "Next page") || !strings.Contains(line, tt.tool+" {") {
				t.Errorf("the line is %s", line)
			}
			call(t, c, tt.tool, arguments)
			requests := a.requests()
			if last := requests[len(requests)-1]; last.URI != tt.want && !sameQuery(last.URI, tt.want) && last.Body != tt.want {
				t.Errorf("the next request is %s %s, want %s", last.URI, last.Body, tt.want)
			}
			outer := fmt.Sprintf(`{"operation":%q,"arguments":%s}`, tt.tool, tt.args)
			r = call(t, dynamic, "call_operation", outer)
			next, _ = r.Raw["metadata"].(map[string]any)["next_page"].(map[string]any)
			if inner, _ := next["arguments"].(map[string]any); next["tool"] != "call_operation" || inner["operation"] != tt.tool || string(mustJSON(inner["arguments"])) != arguments {
				t.Errorf("through call_operation, next is %v", next)
			}
		})
	}
}

// sameQuery compares URIs in any order of their parameters.
func sameQuery(a, b string) bool {
	pathA, queryA, _ := strings.Cut(a, "?")
	pathB, queryB, _ := strings.Cut(b, "?")
	x, y := strings.Split(queryA, "&"), strings.Split(queryB, "&")
	for _, p := range x {
		if !strings.Contains("&"+queryB+"&", "&"+p+"&") {
			return false
		}
	}
	return pathA == pathB && len(x) == len(y)
}
