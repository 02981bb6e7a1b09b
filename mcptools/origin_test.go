package mcptools

import (
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow"
)

// The origin of a value is the server that brought it, not one that repeats what it was sent.
func TestOriginOfValues(t *testing.T) {
	const asJSON = "application/json"
	post := func(path, body, answer string) flow.Flow {
		f := answered(newFlow("POST", "https", "a.example", path, ""), 200, asJSON, answer)
		f.Request.Header = flow.Header{{Name: "Content-Type", Value: asJSON}}
		f.Request.Body = plainBody(body)
		return f
	}
	s := connect(t, newStore(t,
		post("/names/2017-list", `{"name":"chosen-by-client"}`, `{"name":"chosen-by-client","id":"made-by-server","url":"/things/made-by-server"}`),
		post("/things/made-by-server", `{}`, `{"id":"made-by-server"}`),
		post("/other", `{}`, `{"n":2017}`),
		post("/echo", `{"text":"later-from-server"}`, `{"text":"later-from-server"}`),
		post("/list", `{}`, `{"ids":["later-from-server"]}`),
	))
	for _, c := range []struct {
		value, member, place string
		flow                 float64
	}{
		{"made-by-server", "origin", "/id", 1},
		{"chosen-by-client", "client_sent_first", "/name", 1},
		{"later-from-server", "client_sent_first", "/text", 4},
		{"2017", "origin", "/n", 3}, // 2017-list is another word
	} {
		t.Run(c.value, func(t *testing.T) {
			got := s.in(t).fine("find_value", object{"value": c.value})
			found, ok := got[c.member].(object)
			if !ok || found["flow_id"] != c.flow || found["name"] != c.place || (got["origin"] != nil) == (got["client_sent_first"] != nil) || got["source"] == "" {
				t.Errorf("%v", got)
			}
		})
	}
	if got := s.fine("find_value", object{"value": "nowhere-at-all"}); got["origin"] != nil || got["source"] != nil {
		t.Errorf("%v", got)
	}
	// A later page does not know the earlier ones.
	page := s.fine("find_value", object{"value": "made-by-server", "limit": 1})
	next := s.fine("find_value", object{"value": "made-by-server", "limit": 1, "cursor": page["next_cursor"]})
	if next["origin"] != nil || next["source"] != nil {
		t.Errorf("%v", next)
	}
}

// TestAuthOfOperations checks the evidence that operations need credentials.
func TestAuthOfOperations(t *testing.T) {
	flows := []flow.Flow{}
	call := func(method, path, header, value, query string, status int) {
		f := answered(newFlow(method, "https", "a.example", path, query), status, "application/json", "{}")
		if header != "" {
			f.Request.Header = flow.Header{{Name: header, Value: value}}
		}
		flows = append(flows, f)
	}
	for range 3 {
		call("GET", "/needs", "Authorization", "Bearer plantedBearerToken11", "", 200)
		call("GET", "/key", "x-api-key", "plantedHeaderKey5521", "", 200)
		call("GET", "/both", "Cookie", "theme=x; session=plantedSession7712", "", 200)
		call("GET", "/query", "", "", "api_key=plantedQueryKey6620", 200)
		call("GET", "/signed", "", "", "X-Amz-Signature=Pq8vLz2WmX6tRk0NyB4sHd9Jc3Fg7Ea1", 200)
		call("GET", "/basic", "Authorization", "Basic dXNlcjpwbGFudGVk", "", 200)
		call("GET", "/hmac", "Authorization", "AWS4-HMAC-SHA256 Credential=AKIDPLANTED/x, Signature=Pq8vLz2WmX6tRk0NyB4sHd9Jc3Fg7Ea1", "", 200)
		call("GET", "/open", "", "", "", 200)
	}
	call("GET", "/needs", "", "", "", 401)
	call("GET", "/needs", "Authorization", "Bearer plantedBearerToken22", "", 403)
	call("GET", "/both", "", "", "", 200)
	call("GET", "/basic", "", "", "", 404) // no evidence
	call("OPTIONS", "/needs", "", "", "", 204)
	s := connect(t, newStore(t, flows...))
	got := s.fine("detect_auth_pattern", nil)
	schemes := map[string]string{}
	for _, x := range list(t, got, "schemes") {
		schemes[x["scheme"].(string)] = fmt.Sprint(x["requests"], x["operations"], x["refused"])
	}
	for name, want := range map[string]string{
		"Authorization: Bearer": "4 1 1", "header X-Api-Key": "3 1 <nil>", "cookie session": "3 1 <nil>", "query api_key": "3 1 <nil>",
		"signature in query X-Amz-Signature": "3 1 <nil>", "Authorization: Basic": "3 1 <nil>", "Authorization: AWS4-HMAC-SHA256": "3 1 <nil>",
	} {
		if schemes[name] != want {
			t.Errorf("%s: %q, want %q in %v", name, schemes[name], want, schemes)
		}
	}
	operations := list(t, got, "operations")
	if len(operations) != 2 || len(schemes) != 7 {
		t.Fatalf("%v", got)
	}
	needs, both := operations[0], operations[1]
	if needs["credentials"] != "required" || fmt.Sprint(needs["schemes"]) != "[Authorization: Bearer]" || needs["with"] != 4.0 || needs["without"] != 1.0 || needs["refused_without"] != 1.0 || needs["refused_with"] != 1.0 || needs["flow_id"] != 25.0 {
		t.Errorf("%v", needs)
	}
	if both["credentials"] != "optional" || both["refused_without"] != 0.0 || got["requests_without"] != 6.0 || got["always_with"] != 4.0 || got["never_with"] != 2.0 {
		t.Errorf("%v", got)
	}
	some := s.fine("detect_auth_pattern", object{"flow_ids": []any{1, 25, 26}})
	if rows := list(t, some, "operations"); len(rows) != 1 || rows[0]["credentials"] != "required" || some["searched"] != 3.0 || len(list(t, some, "schemes")) != 1 {
		t.Errorf("%v", some)
	}
}
