package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// TestRemoveHolding removes flows that have a value in one place alone, and no others.
func TestRemoveHolding(t *testing.T) {
	const value = "p@ss wörd1"
	body := func(s string) flow.Body { return flow.Body{Data: []byte(s), Size: int64(len(s))} }
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte("it is " + value))
	w.Close()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("joe:"+value))
	dir := t.TempDir()
	path, file := filepath.Join(dir, "s.db"), filepath.Join(dir, "value.txt")
	noError(t, os.WriteFile(file, []byte(value+"\n"), 0o600))
	db := openStore(t, path, store.Options{Create: true})
	// add adds a flow. Without put, the flow does not hold the value.
	add := func(name string, put func(f *flow.Flow)) {
		f := flow.Flow{ID: flow.NewID(), Source: name, Done: true, Started: time.Now(),
			Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/a%b", RawQuery: "q=1",
				Header: flow.Header{{Name: "Authorization", Value: "Basic am9lOng="}}, Body: body(`{"a":"p@ss\u0020"}`)},
			Response: &flow.Response{Status: 200, Body: body("b")}, Messages: []flow.Message{{Data: []byte("c")}}}
		put(&f)
		must(db.Append(t.Context(), f))
	}
	add("none", func(*flow.Flow) {})
	add("no response", func(f *flow.Flow) { f.Response, f.Messages = nil, nil })
	for _, tt := range []struct {
		name string
		put  func(f *flow.Flow)
	}{
		{"path", func(f *flow.Flow) { f.Request.Path = "/a/" + value }},
		{"path, escaped", func(f *flow.Flow) { f.Request.Path = "/a/p%40ss%20w%C3%B6rd1/b" }},
		{"path, beside a stray percent sign", func(f *flow.Flow) { f.Request.Path = "/100%/p%40ss%20w%c3%b6rd1" }},
		{"query", func(f *flow.Flow) { f.Request.RawQuery = "a=" + value }},
		{"query, escaped", func(f *flow.Flow) { f.Request.RawQuery = "a=p%40ss+w%C3%B6rd1&b=c" }},
		{"query, beside a stray percent sign", func(f *flow.Flow) { f.Request.RawQuery = "b=%zz&a=p%40ss+w%C3%B6rd1" }},
		{"authority", func(f *flow.Flow) { f.Request.Authority = value + ".example.com" }},
		{"error", func(f *flow.Flow) { f.Err = "no host " + value }},
		{"name of a header", func(f *flow.Flow) { f.Request.Header = flow.Header{{Name: value}} }},
		{"header", func(f *flow.Flow) { f.Request.Header = flow.Header{{Name: "A", Value: "x" + value}} }},
		{"header, escaped", func(f *flow.Flow) { f.Request.Header = flow.Header{{Name: "A", Value: "p%40ss%20w%C3%B6rd1"}} }},
		{"Basic", func(f *flow.Flow) { f.Request.Header = flow.Header{{Name: "Authorization", Value: basic}} }},
		{"trailer", func(f *flow.Flow) { f.Request.Trailer = flow.Header{{Name: "A", Value: value}} }},
		{"body", func(f *flow.Flow) { f.Request.Body = body("a" + value) }},
		{"form", func(f *flow.Flow) { f.Request.Body = body("a=p%40ss+w%C3%B6rd1") }},
		{"JSON", func(f *flow.Flow) { f.Request.Body = body(`{"a":"p@ss w\u00f6rd1"}`) }},
		{"header of the response", func(f *flow.Flow) { f.Response.Header = flow.Header{{Name: "A", Value: value}} }},
		{"trailer of the response", func(f *flow.Flow) { f.Response.Trailer = flow.Header{{Name: "A", Value: value}} }},
		{"body of the response", func(f *flow.Flow) { f.Response.Body = body(value) }},
		{"compressed", func(f *flow.Flow) {
			f.Response.Header, f.Response.Body = flow.Header{{Name: "Content-Encoding", Value: "gzip"}}, body(z.String())
		}},
		{"message", func(f *flow.Flow) { f.Messages = []flow.Message{{Data: []byte("x")}, {Data: []byte(value)}} }},
		{"JSON message", func(f *flow.Flow) { f.Messages = []flow.Message{{Data: []byte(`"p@ss w\u00f6rd1"`)}} }},
		{"message, escaped", func(f *flow.Flow) { f.Messages = []flow.Message{{Data: []byte("p%40ss%20w%C3%B6rd1")}} }},
	} {
		add(tt.name, tt.put)
	}
	db.Close()
	status, _, errs := runHere("flows", "rm", "--db", path, "--holding", file)
	db = openStore(t, path, store.Options{})
	var left []string
	for f, err := range db.Scan(t.Context(), store.Query{}) {
		noError(t, err)
		left = append(left, f.Source)
	}
	db.Close()
	if status != 0 || !slices.Equal(left, []string{"none", "no response"}) {
		t.Errorf("status %d, %s: %q are left", status, errs, left)
	}
}
