package mock

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

const shop = `{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}], "paths": {
"/login": {"post": {"responses": {"200": {"description": ""}}}},
"/orders": {"get": {"responses": {"200": {"description": ""}}, "x-spectap-pagination": {"style": "cursor", "parameter": "after", "size": "limit", "next": "/next"}},
"post": {"responses": {"201": {"description": ""}}}}, "/orders/{id}": {"get": {"responses": {"200": {"description": ""}}}}}}`

// told are exchanges: method, path, request, status, answer.
const told = `POST /login {"user":"ann","password":"right"} 200 {"token":"t1"}
POST /login {"user":"ann","password":"wrong"} 401 {"error":"no"}
POST /orders {"tons":5,"ship":"A"} 201 {"id":"ord-21"}
GET /orders/ord-21 - 200 {"id":"ord-21","tons":5,"ship":"A"}
POST /orders {"tons":6,"ship":"B"} 201 {"id":"ord-34"}
GET /orders/ord-34 - 200 {"id":"ord-34","tons":6,"ship":"B"}
POST /orders {"tons":6,"ship":"Titanic"} 422 {"error":"no-such-ship"}
GET /orders - 200 {"orders":[1,null,[]],"next":null}
GET /orders - 200 {"orders":[{"id":"ord-21","tons":5,"ship":"A"},{"id":"ord-34","tons":6,"ship":"B"}],"next":null}
GET /nowhere - 418 {"error":"pot"}`

func newShop(t *testing.T) *Mock {
	var all []flow.Flow
	for i, line := range strings.Split(told, "\n") {
		var method, path, sent, got string
		var status int
		must.Get(fmt.Sscan(line, &method, &path, &sent, &status, &got))
		h := flow.Header{{Name: "Content-Type", Value: "application/json"}}
		sent = strings.TrimPrefix(sent, "-")
		all = append(all, flow.Flow{Seq: flow.Seq(i + 1), Started: time.Unix(int64(i), 0), Done: true,
			Request:  flow.Request{Method: method, Scheme: "https", Authority: "api.example.com", Path: path, Header: h, Body: flow.Body{Data: []byte(sent), Size: int64(len(sent))}},
			Response: &flow.Response{Status: status, Header: h, Body: flow.Body{Data: []byte(got), Size: int64(len(got))}},
		})
	}
	slices.Reverse(all)
	seed := uint64(3)
	return must.Get(New(t.Context(), Config{Doc: must.Get(openapi.Load([]byte(shop))), Seed: &seed, Flows: func(yield func(flow.Flow, error) bool) {
		for _, f := range all {
			if !yield(f, nil) {
				return
			}
		}
	}}))
}

// TestRefusals checks that values which the API refused are refused again, and others are not.
func TestRefusals(t *testing.T) {
	m := newShop(t)
	for _, c := range []struct {
		method, path, body string
		want               int
		answer             string
	}{
		{"POST", "/login", `{"user":"ann","password":"right"}`, 200, `"token":"t1"`},
		{"POST", "/login", `{"user":"ann","password":"guess"}`, 401, `"error":"no"`},
		{"POST", "/orders", `{"tons":9,"ship":"Titanic"}`, 422, `no-such-ship`},
		{"POST", "/orders", `{"tons":9,"ship":"C"}`, 201, `{"id":"ord-`},
		{"GET", "/nowhere", "", 418, "pot"},
		{"HEAD", "/orders", "", 200, ""},
	} {
		if w, _ := ask(m, c.method, c.path, c.body); w.Code != c.want || !strings.Contains(w.Body.String(), c.answer) {
			t.Errorf("%s %s %s: %d %s, want %d %s", c.method, c.path, c.body, w.Code, w.Body, c.want, c.answer)
		}
	}
}

// TestShown checks that each operation shows the members that its recorded answers have, that lists
// have cursors, and that the state is bounded.
func TestShown(t *testing.T) {
	m := newShop(t)
	w, made := ask(m, "POST", "/orders", `{"tons":9,"ship":"C"}`)
	if id, _ := made["id"].(string); len(made) != 1 || !strings.HasPrefix(id, "ord-") {
		t.Errorf("made %s, want an identifier only", w.Body)
	}
	if w, got := ask(m, "GET", "/orders/"+made["id"].(string), ""); got["tons"] != 9.0 || got["ship"] != "C" {
		t.Errorf("read %s, not what was sent", w.Body)
	}
	for after, n := "", 0; ; n++ {
		w, got := ask(m, "GET", "/orders?limit=1"+after, "")
		if n == 10 || len(got["orders"].([]any)) > 1 {
			t.Fatalf("page %d: %s", n, w.Body)
		}
		next, has := got["next"].(string)
		if !has {
			if fmt.Sprint(got["orders"]) != fmt.Sprint([]any{map[string]any{"id": made["id"], "tons": 9.0, "ship": "C"}}) {
				t.Errorf("the last page has %s", w.Body)
			}
			break
		}
		after = "&after=" + next
	}
	if w, _ := ask(m, "GET", "/orders?limit=9223372036854775807&after=ord-21", ""); w.Code != 200 {
		t.Errorf("the largest page: %d", w.Code)
	}
	big := string(jsonvalue.Encode(map[string]any{"tons": 1, "ship": base64.StdEncoding.EncodeToString(make([]byte, 6<<20))}))
	for n := 0; ; n++ {
		if w, _ := ask(m, "POST", "/orders", big); w.Code == http.StatusInsufficientStorage {
			break
		} else if w.Code != 201 || n > 3 {
			t.Fatalf("item %d of 8 MiB: %d", n, w.Code)
		}
	}
}
