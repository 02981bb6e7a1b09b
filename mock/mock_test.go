package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

const document = `{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}], "paths": {
"/v/{kind}": {"get": {"responses": {"200": {"description": ""}}}, "post": {"responses": {"201": {"description": ""}}}},
"/v/{kind}/{id}": {"get": {"responses": {"200": {"description": ""}}}, "put": {"responses": {"200": {"description": ""}}},
"patch": {"responses": {"200": {"description": ""}}}, "delete": {"responses": {"204": {"description": ""}}}}}}`

// record returns the flows of a session in which items of random collections are created, read,
// listed and changed, the newest first.
func record(r *rand.Rand, key func(n int) any, collections int) iter.Seq2[flow.Flow, error] {
	var all []flow.Flow
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	add := func(method, path, sent string, status int, got any) {
		at = at.Add(time.Second)
		data := encode(got)
		if got == nil {
			data = nil
		}
		h := flow.Header{{Name: "Content-Type", Value: "application/json"}}
		all = append(all, flow.Flow{Seq: flow.Seq(len(all) + 1), Started: at, Done: true,
			Request:  flow.Request{Method: method, Scheme: "https", Authority: "api.example.com", Path: path, Header: h, Body: flow.Body{Data: []byte(sent), Size: int64(len(sent))}},
			Response: &flow.Response{Status: status, Header: h, Body: flow.Body{Data: data, Size: int64(len(data))}},
		})
	}
	for c := range collections {
		where := fmt.Sprintf("/v/kind%d", c)
		var items []any
		for n := range 3 + r.IntN(4) {
			name := fmt.Sprintf("name %d", r.IntN(1000))
			item := map[string]any{"id": key(n), "name": name, "made": at.Add(time.Second).Format(time.RFC3339), "state": "new"}
			add("POST", where, fmt.Sprintf(`{"name": %q}`, name), 201, item)
			add("GET", fmt.Sprint(where, "/", item["id"]), "", 200, item)
			items = append(items, item)
		}
		add("GET", where, "", 200, map[string]any{"items": items, "total": len(items)})
		add("GET", where+"/none", "", 404, map[string]any{"error": "no such item"})
		item := overlay(items[0], map[string]any{"name": "other"})
		first := fmt.Sprint(where, "/", key(0))
		add("PATCH", first, `{"name": "other"}`, 200, item)
		add("PUT", first, `{"name": "more"}`, 200, overlay(item, map[string]any{"name": "more"}))
		add("DELETE", first, "", 204, nil)
	}
	slices.Reverse(all)
	return func(yield func(flow.Flow, error) bool) {
		for _, f := range all {
			if !yield(f, nil) {
				return
			}
		}
	}
}

func newMock(t testing.TB, seed uint64, key func(n int) any, collections int) *Mock {
	doc := must.Get(openapi.Load([]byte(document)))
	return must.Get(New(t.Context(), Config{Doc: doc, Flows: record(rand.New(rand.NewPCG(seed, 1)), key, collections), Seed: &seed}))
}

func ask(m http.Handler, method, path, body string) (*httptest.ResponseRecorder, map[string]any) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	var got map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &got)
	return w, got
}

// TestLaws checks on random collections that what was created can be read and listed, that changes
// are seen, that what was deleted is gone, and that runs with one seed are equal.
func TestLaws(t *testing.T) {
	keys := map[string]func(n int) any{
		"number": func(n int) any { return n + 1 },
		"text":   func(n int) any { return fmt.Sprintf("itm_%04x", 4096+n*n*37) },
		"uuid":   func(n int) any { return fmt.Sprintf("6f9619ff-8b86-4011-b42d-00c04fc9%04x", 4096+n*731) },
	}
	for name, key := range keys {
		t.Run(name, func(t *testing.T) {
			var log [2]bytes.Buffer
			for run := range log {
				m := newMock(t, 7, key, 3)
				say := func(method, path, body string, want int) map[string]any {
					w, got := ask(m, method, path, body)
					if w.Code != want || w.Header().Get(HowHeader) != byEntity && want < 300 {
						t.Fatalf("%s %s: %d %s (%s), want %d", method, path, w.Code, w.Body, w.Header().Get(HowHeader), want)
					}
					fmt.Fprintln(&log[run], w.Code, w.Body)
					return got
				}
				for c := range 3 {
					where := fmt.Sprintf("/v/kind%d", c)
					before := say("GET", where, "", 200)["items"].([]any)
					made := say("POST", where, `{"name": "mine"}`, 201)
					item := fmt.Sprint(where, "/", made["id"])
					if got := say("GET", item, "", 200); fmt.Sprint(got) != fmt.Sprint(made) || got["name"] != "mine" || got["state"] != "new" {
						t.Errorf("read %v, made %v", got, made)
					}
					list := say("GET", where, "", 200)
					if items := list["items"].([]any); len(items) != len(before)+1 || list["total"] != float64(len(items)) || fmt.Sprint(items[len(before)]) != fmt.Sprint(made) {
						t.Errorf("listed %v, made %v", list, made)
					}
					if got := say("PATCH", item, `{"name": "ours"}`, 200); got["name"] != "ours" || got["made"] != made["made"] {
						t.Errorf("changed %v to %v", made, got)
					}
					say("DELETE", item, "", 204)
					if got := say("GET", item, "", 404); got["error"] != "no such item" {
						t.Errorf("refused with %v, not as recorded", got)
					}
				}
			}
			if !bytes.Equal(log[0].Bytes(), log[1].Bytes()) {
				t.Errorf("two runs with one seed differ:\n%s\n%s", &log[0], &log[1])
			}
		})
	}
}

// TestAtStart checks that a mock which begins where the recording begins has no item that the
// recording made, and that what is no operation is answered as recorded.
func TestAtStart(t *testing.T) {
	flows := record(rand.New(rand.NewPCG(1, 1)), func(n int) any { return n + 1 }, 1)
	asset := flow.Flow{Seq: 1, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "api.example.com", Path: "/logo"},
		Response: &flow.Response{Status: 302, Header: flow.Header{{Name: "Location", Value: "https://api.example.com/new"}}}}
	m := must.Get(New(t.Context(), Config{Doc: must.Get(openapi.Load([]byte(document))), AtStart: true, Flows: func(yield func(flow.Flow, error) bool) {
		flows(yield)
		yield(asset, nil)
	}}))
	if w, got := ask(m, "GET", "/v/kind0", ""); w.Code != 200 || len(got["items"].([]any)) != 0 {
		t.Errorf("begins with %v", got)
	}
	if w, _ := ask(m, "GET", "/logo", ""); w.Code != 302 || w.Header().Get("Location") != "http://example.com/new" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

// TestLongPointers checks that a long name does not count for each member below it.
func TestLongPointers(t *testing.T) {
	below := map[string]any{}
	for n := range 1000 {
		below[fmt.Sprint(n)] = true
	}
	if n := len(leavesOf(map[string]any{strings.Repeat("a", 1<<20): below, "b": below})); n != 1001 {
		t.Errorf("%d leaves", n)
	}
}

// FuzzServe checks that no request breaks the mock, and that the state it leaves can be loaded.
func FuzzServe(f *testing.F) {
	m := newMock(f, 1, func(n int) any { return n + 1 }, 2)
	f.Add("POST", "/v/kind0", "a=b", `{"name": {"a": [1]}, "id": null}`)
	f.Add("PUT", "/v/kind0/2", "", `{"id": 9e99, "": {"": 1}}`)
	f.Add("PATCH", "/v/kind1/%2f", "limit=-1", `[]`)
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, path, query
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		m.ServeHTTP(w, r)
		if path != ResetPath && w.Header().Get(HowHeader) == "" {
			t.Errorf("an answer does not say where it comes from: %d", w.Code)
		}
		must.Do(t, m.Load(m.Save()))
	})
}
