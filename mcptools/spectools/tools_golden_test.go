package spectools

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/openapi/router"
)

var update = flag.Bool("update", false, "rewrite what golden files expect")

// TestTools makes tools of the documents in testdata/tools/*.txtar and calls them. The file
// "document" is OpenAPI in YAML, "calls" has a tool and its arguments in each line, "requests" has
// captured requests, and "dynamic" calls of the tools that find, describe and call operations. "want"
// holds the notes, the tools with their schemas, for each call what the API received, or the error,
// for each request the arguments that make it, and for each dynamic call its whole result.
func TestTools(t *testing.T) {
	files, err := filepath.Glob("testdata/tools/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { checkTools(t, file) })
	}
}

func checkTools(t *testing.T, file string) {
	ar := must(txtar.ParseFile(file))
	text := map[string]string{}
	for _, f := range ar.Files {
		text[f.Name] = string(f.Data)
	}
	a := newAPI(t)
	s := newSet(t, text["document"], Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}})
	var out strings.Builder
	for _, note := range s.Notes() {
		fmt.Fprintf(&out, "note: %v\n", note)
	}
	for _, tool := range s.Tools() {
		if !strings.Contains(text["document"], "operationId: "+tool.Tool.Name+"\n") {
			continue // tools that every set has
		}
		var schema bytes.Buffer
		noError(t, json.Indent(&schema, tool.Tool.RawInputSchema, "", " "))
		fmt.Fprintf(&out, "tool %s: %s\n%s\n", tool.Tool.Name, tool.Tool.Description, schema.String())
	}
	c := connect(t, s, true)
	for line := range strings.Lines(text["calls"]) {
		name, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		before := len(a.requests())
		r := call(t, c, name, args)
		fmt.Fprintf(&out, "> %s %s\n", name, args)
		for _, got := range a.requests()[before:] {
			writeRequest(&out, got)
		}
		if r.IsError {
			e, _ := r.Raw["error"].(map[string]any)
			details, _ := json.Marshal(e["details"])
			fmt.Fprintf(&out, "%v: %v %s\n", e["code"], e["message"], details)
		}
	}
	readRequests(t, &out, s, text["requests"])
	dynamic := connectTo(t, NewServer(s, ServerOptions{Mode: ModeDynamic}), true)
	for line := range strings.Lines(text["dynamic"]) {
		name, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		before := len(a.requests())
		var pretty bytes.Buffer
		noError(t, json.Indent(&pretty, []byte(call(t, dynamic, name, args).structured), "", " "))
		fmt.Fprintf(&out, "> %s %s\n%s\n", name, args, pretty.String())
		for _, got := range a.requests()[before:] {
			writeRequest(&out, got)
		}
	}
	got := strings.ReplaceAll(out.String(), a.URL, "http://api.example")
	if *update {
		ar.Files = slices.DeleteFunc(ar.Files, func(f txtar.File) bool { return f.Name == "want" })
		ar.Files = append(ar.Files, txtar.File{Name: "want", Data: []byte(got)})
		noError(t, os.WriteFile(file, txtar.Format(ar), 0o600))
		return
	}
	if text["want"] != got {
		t.Errorf("%s", firstDifference(text["want"], got))
	}
}

// readRequests reads the arguments of tools from captured requests: a method and an address, then
// header fields and a body as JSON, if there are any.
func readRequests(t *testing.T, out *strings.Builder, s *Set, requests string) {
	routes := must(router.New(s.doc))
	for line := range strings.Lines(requests) {
		line = strings.TrimSpace(line)
		method, rest, _ := strings.Cut(line, " ")
		address, more, _ := strings.Cut(rest, " ")
		var sent struct {
			Header http.Header
			Body   string
		}
		if more != "" {
			if err := json.Unmarshal([]byte(more), &sent); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
		u := must(url.Parse(address))
		m, ok := routes.FindPath(method, "", u.EscapedPath())
		if !ok {
			t.Fatalf("%s: no operation", line)
		}
		r := flow.Request{Method: method, Path: u.EscapedPath(), RawQuery: u.RawQuery, Header: flow.HeaderOf(sent.Header),
			Body: flow.Body{Data: []byte(sent.Body), Size: int64(len(sent.Body))}}
		tool, args, err := s.Arguments(m.Method, m.Template, m.Params, &r)
		fmt.Fprintf(out, "< %s\n", line)
		if err != nil {
			fmt.Fprintf(out, "%v\n", err)
			continue
		}
		fmt.Fprintf(out, "%s %s\n", tool, args)
	}
}

// firstDifference shows where two texts begin to differ.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d of want:\ngot  %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d:\n%s", len(g), len(w), got)
}

// writeRequest writes what the API received, without what each client sends.
func writeRequest(out *strings.Builder, r apiRequest) {
	fmt.Fprintf(out, "%s %s\n", r.Method, r.URI)
	body := r.Body
	if _, params, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && params["boundary"] != "" {
		body = strings.ReplaceAll(strings.ReplaceAll(body, params["boundary"], "BOUNDARY"), "\r\n", "\n")
		r.Header.Set("Content-Type", strings.ReplaceAll(r.Header.Get("Content-Type"), params["boundary"], "BOUNDARY"))
	}
	var names []string
	for name := range r.Header {
		if name != "User-Agent" && name != "Accept-Encoding" && name != "Content-Length" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(out, "%s: %s\n", name, strings.Join(r.Header[name], " | "))
	}
	if !utf8.ValidString(body) {
		body = fmt.Sprintf("%q", body)
	}
	if body != "" {
		fmt.Fprintf(out, "\n%s\n", strings.TrimSuffix(body, "\n"))
	}
}
