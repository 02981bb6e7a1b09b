package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// offeredStore writes a store with two sessions, the flows of two hosts and tags.
func offeredStore(t *testing.T) (path string, sessions []string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "s.db")
	db := openStore(t, path, store.Options{Create: true})
	defer db.Close()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
	var number uint64
	for i, tags := range [][]string{{"nightly", "idle"}, nil} {
		started := now.Add(time.Duration(i) * time.Hour)
		number = must(db.BeginSession(t.Context(), store.Session{Command: []string{"go", "test"}, Started: started, Tags: tags}))
		about := started.Format("2006-01-02 15.04")
		if len(tags) > 0 {
			about += ", " + strings.Join(tags, ", ")
		}
		sessions = append(sessions, fmt.Sprintf("%d\t%s", number, about))
	}
	add := func(method, host, path, request string, tags ...string) {
		f := flow.Flow{
			ID: flow.NewID(), Source: "test", Started: now, Done: true, Tags: tags, Session: number,
			Request: flow.Request{Method: method, Scheme: "https", Authority: host, Path: path},
			Response: &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
				Body: flow.Body{Data: []byte(`{"id":1,"name":"a"}`), Size: 19}},
		}
		if request != "" {
			f.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/json"}}
			f.Request.Body = flow.Body{Data: []byte(request), Size: int64(len(request))}
		}
		must(db.Append(t.Context(), f))
	}
	add("GET", "api.example", "/users", "", "nightly")
	add("GET", "api.example", "/status", "", "nightly", "smoke")
	add("POST", "api.example", "/users", `{"name":"a"}`)
	add("GET", "zoo.example", "/lions", "")
	return path, sessions
}
