package main

import (
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// storeFlows creates a store with one flow per path, whose response has the body.
func storeFlows(t *testing.T, path string, bodies map[string][]byte) {
	t.Helper()
	db := must.Get(store.Open(path, store.Options{Create: true}))
	defer db.Close()
	for p, data := range bodies {
		f := flow.Flow{
			Done: true, Request: flow.Request{Method: "GET", Path: p},
			Response: &flow.Response{Status: 200, Body: flow.Body{Data: data, Size: int64(len(data))}},
		}
		must.Get(db.Append(t.Context(), f))
	}
}
