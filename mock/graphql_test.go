package mock

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

// TestGraphQL checks that what a mutation makes, changes and deletes is so for queries.
func TestGraphQL(t *testing.T) {
	body := func(op, document, variables string) string {
		return fmt.Sprintf(`{"operationName": %q, "query": %q, "variables": {%s}}`, op, document, variables)
	}
	make := func(title string) string {
		return body("Make", "mutation Make($t: String!) {addNote(title: $t) {id title}}", `"t": "`+title+`"`)
	}
	get := func(id string) string {
		return body("Get", "query Get($id: ID!) {note(id: $id) {id title}}", `"id": "`+id+`"`)
	}
	drop := func(id string) string {
		return body("Drop", "mutation Drop($id: ID!) {dropNote(id: $id) {id}}", `"id": "`+id+`"`)
	}
	var all []flow.Flow
	add := func(sent, got string) {
		h := flow.Header{{Name: "Content-Type", Value: "application/json"}}
		all = append(all, flow.Flow{Seq: flow.Seq(len(all) + 1), Started: time.Unix(int64(len(all)), 0), Done: true,
			Request:  flow.Request{Method: "POST", Scheme: "https", Authority: "api.example.com", Path: "/graphql", Header: h, Body: flow.Body{Data: []byte(sent)}},
			Response: &flow.Response{Status: 200, Header: h, Body: flow.Body{Data: []byte(`{"data": {` + got + `}}`)}}})
	}
	for _, id := range []string{"1", "2", "3"} {
		item := `{"id": "` + id + `", "title": "note ` + id + `"}`
		add(make("note "+id), `"addNote": `+item)
		add(get(id), `"note": `+item)
	}
	add(drop("2"), `"dropNote": {"id": "2"}`)
	add(get("2"), `"note": null`)
	slices.Reverse(all)
	doc := must.Get(openapi.Load([]byte(`{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}], "paths": {
"/graphql#Make": {"post": {"responses": {"200": {"description": ""}}}}, "/graphql#Get": {"post": {"responses": {"200": {"description": ""}}}},
"/graphql#Drop": {"post": {"responses": {"200": {"description": ""}}}}}}`)))
	m := must.Get(New(t.Context(), Config{Doc: doc, Flows: func(yield func(flow.Flow, error) bool) {
		for _, f := range all {
			if !yield(f, nil) {
				return
			}
		}
	}}))
	for _, step := range [][2]string{
		{make("mine"), "map[data:map[addNote:map[id:4 title:mine]]]"}, {get("4"), "map[data:map[note:map[id:4 title:mine]]]"},
		{drop("4"), "map[data:map[dropNote:map[id:4]]]"}, {get("4"), "map[data:map[note:<nil>]]"},
	} {
		if w, got := ask(m, "POST", "/graphql", step[0]); fmt.Sprint(got) != step[1] {
			t.Errorf("%s: %v (%s), want %s", step[0], got, w.Header().Get(HowHeader), step[1])
		}
	}
}
