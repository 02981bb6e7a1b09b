package main

import (
	"fmt"
	"path/filepath"
	"slices"
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
	db, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
	var number uint64
	for i, tags := range [][]string{{"nightly", "idle"}, nil} {
		started := now.Add(time.Duration(i) * time.Hour)
		if number, err = db.BeginSession(t.Context(), store.Session{Command: []string{"go", "test"}, Started: started, Tags: tags}); err != nil {
			t.Fatal(err)
		}
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
		if _, err := db.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	add("GET", "api.example", "/users", "", "nightly")
	add("GET", "api.example", "/status", "", "nightly", "smoke")
	add("POST", "api.example", "/users", `{"name":"a"}`)
	add("GET", "zoo.example", "/lions", "")
	return path, sessions
}

// offered returns what a shell is offered at the end of a command line, and the directive.
func offered(t *testing.T, args ...string) (lines []string, directive string) {
	t.Helper()
	t.Setenv(configEnv, "")
	lines = strings.Split(strings.TrimSpace(command(t, append([]string{"__complete"}, args...)...)), "\n")
	return lines[:len(lines)-1], lines[len(lines)-1]
}

// The directives of cobra, which tell the shell that there are no files to offer, that the order
// counts, and that no space follows.
const (
	keepOrder = ":36"
	noSpace   = ":38"
)

// TestCompletionOfValues offers what the store and the inferred document have.
func TestCompletionOfValues(t *testing.T) {
	db, sessions := offeredStore(t)
	newest := append([]string{"last\tthe newest"}, sessions[1], sessions[0])
	ofField := func(field string, values ...string) (out []string) {
		for _, v := range values {
			out = append(out, field+":"+v)
		}
		return out
	}
	for _, tt := range []struct {
		line      []string
		want      []string
		directive string
	}{
		{[]string{"export", "--host", ""}, []string{"api.example\t3 flows", "zoo.example\t1 flow"}, keepOrder},
		{[]string{"export", "--host", "z"}, []string{"zoo.example\t1 flow"}, keepOrder},
		{[]string{"flows", "ls", "--session", ""}, newest, keepOrder},
		{[]string{"sessions", "show", ""}, newest, keepOrder},
		{[]string{"sessions", "show", "1", ""}, nil, keepOrder},
		{[]string{"sessions", "rm", "1", ""}, newest[:2], keepOrder}, // several may be removed, each once
		{[]string{"run", "--tag", ""}, []string{"nightly\t2 flows", "smoke\t1 flow", "idle\t0 flows"}, keepOrder},
		{[]string{"flows", "ls", "host:"}, ofField("host", "api.example\t3 flows", "zoo.example\t1 flow"), keepOrder},
		{[]string{"flows", "ls", "host:z"}, ofField("host", "zoo.example\t1 flow"), keepOrder},
		{[]string{"flows", "ls", "tag:"}, ofField("tag", "nightly\t2 flows", "smoke\t1 flow", "idle\t0 flows"), keepOrder},
		{[]string{"flows", "ls", "session:"}, ofField("session", newest...), keepOrder},
		{[]string{"flows", "ls", "ho"}, []string{"host:\t"}, noSpace},
		{[]string{"flows", "show", "4", ""}, nil, keepOrder},
		{[]string{"explain", ""}, []string{"GET\t3 operations", "POST\t1 operation", "getLions\tGet the lions", "getStatus\t", "getUsers\t", "createUser\t"}, keepOrder},
		{[]string{"explain", "--host", "zoo.example", ""}, []string{"GET\t1 operation", "getLions\t"}, keepOrder},
		{[]string{"explain", "--host", "no.example", ""}, nil, keepOrder},
		{[]string{"explain", "get", ""}, []string{"/lions\t", "/status\t", "/users\t"}, keepOrder},
		{[]string{"explain", "POST", ""}, []string{"/users\t"}, keepOrder},
		{[]string{"explain", "GET", "/users", ""}, nil, keepOrder},
		{[]string{"correct", "host", ""}, []string{"api.example\t3 flows", "zoo.example\t1 flow"}, keepOrder},
		{[]string{"correct", "optional", "--host", "api.example", "GET", ""}, []string{"/status\t", "/users\t"}, keepOrder},
		{[]string{"correct", "optional", "--host", "api.example", "GET", "/users", ""}, []string{"response"}, keepOrder},
		{[]string{"correct", "optional", "--host", "api.example", "POST", "/users", ""}, []string{"request", "response"}, keepOrder},
		{[]string{"correct", "optional", "--host", "api.example", "POST", "/users", "request", ""}, []string{"/name"}, keepOrder},
		{[]string{"correct", "optional", "--host", "api.example", "POST", "/users", "response", ""}, []string{"200\t1 flow"}, keepOrder},
		{[]string{"correct", "optional", "--host", "no.example", "GET", ""}, nil, keepOrder},
	} {
		got, directive := offered(t, append([]string{"--db", db}, tt.line...)...)
		isWanted := len(got) == len(tt.want) && directive == tt.directive
		for i := 0; isWanted && i < len(got); i++ {
			// A tab ends a wanted value whose description does not matter.
			isWanted = got[i] == tt.want[i] || strings.HasSuffix(tt.want[i], "\t") && strings.HasPrefix(got[i]+"\t", tt.want[i])
		}
		if !isWanted {
			t.Errorf("%q: %q%s, want %q%s", tt.line, got, directive, tt.want, tt.directive)
		}
	}
}

// TestCompletionWithoutStore offers nothing, creates no store and reports no error.
func TestCompletionWithoutStore(t *testing.T) {
	db := filepath.Join(t.TempDir(), "none.db")
	for _, line := range [][]string{{"export", "--host"}, {"flows", "show"}, {"sessions", "show"}, {"explain"}, {"correct", "optional"}, {"run", "--tag"}} {
		got, _ := offered(t, append(append([]string{"--db", db}, line...), "")...)
		if len(got) > 0 {
			t.Errorf("%q: %q", line, got)
		}
	}
	if found, _ := filepath.Glob(filepath.Join(filepath.Dir(db), "*")); len(found) > 0 {
		t.Errorf("created: %q", found)
	}
}

// TestCompletionIsBounded offers the newest flows, and at most so many values.
func TestCompletionIsBounded(t *testing.T) {
	db := filepath.Join(t.TempDir(), "s.db")
	st, err := store.Open(db, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxCompletions + 20 {
		f := flow.Flow{ID: flow.NewID(), Source: "test", Started: time.Now(), Done: true,
			Request: flow.Request{Method: "GET", Scheme: "https", Authority: fmt.Sprintf("h%03d.example", i), Path: "/"}}
		if _, err := st.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	hosts, _ := offered(t, "export", "--db", db, "--host", "")
	if len(hosts) != maxCompletions || hosts[0] != "h000.example\t1 flow" {
		t.Errorf("%d hosts, the first is %q", len(hosts), hosts[0])
	}
	flows, _ := offered(t, "flows", "show", "--db", db, "")
	if len(flows) != offeredFlows || !strings.HasPrefix(flows[0], fmt.Sprint(maxCompletions+20)+"\tGET /, h219.example") {
		t.Errorf("%d flows: %q", len(flows), flows)
	}
}

// TestCompletionOfDocuments offers the tags and operations of the document that a command line
// names, and nothing without one.
func TestCompletionOfDocuments(t *testing.T) {
	spec := writeSpec(t, t.TempDir(), "api.yaml", "https://a.example")
	missing := filepath.Join(t.TempDir(), "none.yaml")
	methods := []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"}
	for _, tt := range []struct {
		line []string
		want string
	}{
		{[]string{"serve", spec, "--confirm", "get"}, "getThing\tGET /things/_id_"},
		{[]string{"serve", "install", "cursor", spec, "--confirm", "get"}, "getThing\tGET /things/_id_"},
		{[]string{"serve", "install", "cursor", "--confirm", "get"}, ""},
		{[]string{"serve", "--confirm", "get"}, ""},
		{[]string{"serve", "-", "--confirm", "get"}, ""},
		{[]string{"serve", missing, "--confirm", "get"}, ""},
		{[]string{"filter", missing, "--tag", ""}, ""},
		{[]string{"filter", "-", "--tag", ""}, ""},
		{[]string{"filter", spec, "--method", ""}, strings.Join(methods, "\n")},
	} {
		got, directive := offered(t, tt.line...)
		if strings.Join(got, "\n") != tt.want || directive != keepOrder {
			t.Errorf("%q: %q%s, want %q", tt.line, got, directive, tt.want)
		}
	}
	got, _ := offered(t, "serve", missing, "--confirm", "")
	if !slices.Equal(got, methods) {
		t.Errorf("without a document: %q", got)
	}
}
