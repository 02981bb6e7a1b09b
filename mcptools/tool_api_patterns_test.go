package mcptools

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/apidoc"
)

// patternOf returns what get_api_patterns says of an operation.
func patternOf(t *testing.T, s *session, arguments object, method, path string) object {
	t.Helper()
	for _, p := range list(t, s.fine("get_api_patterns", arguments), "patterns") {
		if p["method"] == method && p["path"] == path {
			return p
		}
	}
	t.Fatalf("no operation %s %s", method, path)
	return nil
}

// TestPatternMembers checks what an operation accepts and answers: parameters by their place, media
// types, statuses with their counts, and authentication.
func TestPatternMembers(t *testing.T) {
	sent := func(f flow.Flow, status int, header ...flow.Field) flow.Flow {
		f.Request.Header = header
		f.Request.Body = flow.Body{Data: []byte(`{"a":1}`), Size: 7}
		return answered(f, status, "application/json", `{"id":1}`)
	}
	bearer := flow.Field{Name: "Authorization", Value: "Bearer invented-word-of-a-client"}
	media := flow.Field{Name: "Content-Type", Value: "application/json"}
	tenant := flow.Field{Name: "X-Tenant", Value: "blue"}
	var fs []flow.Flow
	for i := range 6 {
		path := fmt.Sprintf("/v1/ships/%d", i)
		fs = append(fs, sent(newFlow("PUT", "https", "a.example", path, "dry=true"), 200, media, bearer, tenant),
			sent(newFlow("POST", "https", "a.example", "/v1/sessions", ""), 201, media),
			sent(newFlow("POST", "https", "a.example", "/v1/searches", ""), 200, media, bearer),
			sent(newFlow("POST", "https", "a.example", "/v1/searches", ""), 200, media))
	}
	fs = append(fs, sent(newFlow("PUT", "https", "a.example", "/v1/ships/7", ""), 409, media, bearer),
		sent(newFlow("POST", "https", "a.example", "/v1/sessions", ""), 403, media))
	s := connect(t, newStore(t, fs...))
	got := patternOf(t, s, nil, "PUT", "/ships/{shipId}")
	for member, want := range map[string]string{
		"path_params": "[shipId]", "query_params": "[dry]", "header_params": "[X-Tenant]", "request_types": "[application/json]",
		"count": "7", "security": "[bearerAuth]", "servers": "<nil>",
		"statuses": "[map[content_types:[application/json] count:6 status_code:200] map[content_types:[application/json] count:1 status_code:409]]",
	} {
		if fmt.Sprint(got[member]) != want {
			t.Errorf("%s: got %v, want %s", member, got[member], want)
		}
	}
	got = patternOf(t, s, nil, "POST", "/sessions")
	for member, want := range map[string]string{"path_params": "[]", "query_params": "[]", "header_params": "[]", "security": "[]"} {
		if fmt.Sprint(got[member]) != want {
			t.Errorf("%s of an open operation: got %v, want %s", member, got[member], want)
		}
	}
	if got := fmt.Sprint(patternOf(t, s, nil, "POST", "/searches")["security"]); got != "[bearerAuth none]" && got != "[none bearerAuth]" {
		t.Errorf("with and without a token: got %v", got)
	}
}

// TestServersOfOperations checks that an operation has the servers of its own if they are not those of
// the document, in all tools.
func TestServersOfOperations(t *testing.T) {
	var fs []flow.Flow
	for range 3 {
		fs = append(fs, answered(newFlow("GET", "https", "one.example", "/v1/things", ""), 200, "application/json", `{"id":1}`),
			answered(newFlow("GET", "https", "one.example", "/v1/parts", ""), 200, "application/json", `{"id":1}`),
			answered(newFlow("GET", "https", "two.example", "/v1/users", ""), 200, "application/json", `{"id":1}`))
	}
	s := connect(t, newStore(t, fs...))
	all := object{"domain": "*"}
	seen := map[string]string{}
	for _, p := range list(t, s.fine("get_api_patterns", all), "patterns") {
		one := s.fine("get_operation", object{"method": p["method"], "path": p["path"], "domain": "*"})
		if one["count"] != p["count"] || p["servers"] != nil && fmt.Sprint(one["servers"]) != fmt.Sprint(p["servers"]) {
			t.Errorf("get_operation says %v %v, get_api_patterns %v %v", one["count"], one["servers"], p["count"], p["servers"])
		}
		seen[fmt.Sprint(p["path"])] = fmt.Sprint(one["servers"])
	}
	want := map[string]string{"/things": "[https://one.example/v1]", "/parts": "[https://one.example/v1]", "/users": "[https://two.example/v1]"}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", seen, want)
	}
}

// TestCheckFlowsSums checks that with * the counts of all documents are added, each mismatch has the
// name of its document, and a document that cannot be read is an error.
func TestCheckFlowsSums(t *testing.T) {
	dir := t.TempDir()
	specs := &apidoc.Library{}
	add := func(name, document string) {
		path := filepath.Join(dir, name+".json")
		if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
		specs.Named = append(specs.Named, apidoc.Named{Name: name, Path: path})
	}
	var fs []flow.Flow
	for i, name := range []string{"one", "two", "three"} {
		add(name, numbers("https://"+name+".example/v1"))
		for range i + 1 {
			fs = append(fs, answered(newFlow("GET", "https", name+".example", "/v1/things", ""), 200, "application/json", `{"id":"x"}`),
				answered(newFlow("GET", "https", name+".example", "/v1/things", ""), 404, "application/json", `{}`),
				answered(newFlow("GET", "https", name+".example", "/v1/things", ""), 200, "application/json", `{"id":1}`))
		}
	}
	s := connect(t, newStore(t, fs...), func(c *Config) { c.Specs = specs })
	got := s.fine("check_flows", object{"spec": "*"})
	for member, want := range map[string]string{"checked": "18", "broken": "12", "kinds": "6", "searched": "18", "outside": "0", "unchecked": "0", "too_much": "0",
		"complete": "true", "rules": "[map[kinds:3 rule:response-body] map[kinds:3 rule:status]]"} {
		if v := got[member]; fmt.Sprint(v) != want && (v != nil || want != "0") {
			t.Errorf("%s: got %v, want %s", member, v, want)
		}
	}
	counts := map[string]float64{}
	last := 1e9
	for _, m := range list(t, got, "mismatches") {
		n := m["count"].(float64)
		if counts[fmt.Sprint(m["spec"])] += n; n > last {
			t.Errorf("a mismatch of %v flows follows one of %v", n, last)
		}
		last = n
	}
	if want := map[string]float64{"one": 2, "two": 4, "three": 6}; fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Errorf("mismatches by document: %v, want %v", counts, want)
	}
	for name, document := range map[string]string{"no document": "{}", "missing": ""} {
		broken := &apidoc.Library{Named: append([]apidoc.Named(nil), specs.Named...)}
		path := filepath.Join(dir, "bad.json")
		if os.Remove(path); document != "" {
			if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		broken.Named = append(broken.Named, apidoc.Named{Name: "bad", Path: path})
		s := connect(t, newStore(t, fs...), func(c *Config) { c.Specs = broken })
		if r := s.call("check_flows", object{"spec": "*"}); !r.isError {
			t.Errorf("%s: no error", name)
		}
	}
}
