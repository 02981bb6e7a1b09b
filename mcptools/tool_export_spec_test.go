package mcptools

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/document"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/openapi"
)

// TestExportInParts checks that the parts of a document are valid documents, which together have all
// operations and components of the whole, exactly as they are there.
func TestExportInParts(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	whole := s.fine("export_openapi_spec", object{"max_bytes": 4 << 20})["document"].(object)
	paths, components := object{}, object{}
	n, parts := 0, 0
	for offset := any(nil); ; parts++ {
		r := s.call("export_openapi_spec", object{"offset": offset, "max_bytes": 10_000})
		part := r.data["document"].(object)
		for path, item := range part["paths"].(object) {
			if paths[path] == nil {
				paths[path] = object{}
			}
			maps.Copy(paths[path].(object), item.(object))
		}
		for kind, all := range part["components"].(object) {
			if components[kind] == nil {
				components[kind] = object{}
			}
			maps.Copy(components[kind].(object), all.(object))
		}
		if raw := quoteValue(t, part); len(raw) > 10_000 && r.data["operations"] != 1.0 {
			t.Errorf("a part has %d bytes", len(raw))
		} else if _, err := openapi.Load([]byte(raw)); err != nil {
			t.Errorf("a part is not a document: %v", err)
		}
		n += int(r.data["operations"].(float64))
		if r.data["truncated"] != true {
			break
		}
		offset = r.data["next_offset"]
		if !strings.Contains(r.text, fmt.Sprintf("offset %v", offset)) {
			t.Errorf("the text does not name the next call: %.300s", r.text)
		}
	}
	if parts < 3 {
		t.Errorf("only %d parts", parts+1)
	}
	if quoteValue(t, paths) != quoteValue(t, whole["paths"]) {
		t.Error("the paths of the parts are not those of the whole")
	}
	if quoteValue(t, components) != quoteValue(t, whole["components"]) {
		t.Error("the components of the parts are not those of the whole")
	}
}

// TestExportEvidence adds counts to the operations of all formats but the compact one, and only for
// calls that ask for them.
func TestExportEvidence(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	for _, args := range []object{{}, {"tag": "orders"}, {"max_bytes": 10_000, "offset": 2}} {
		plain := quoteValue(t, s.fine("export_openapi_spec", args)["document"])
		args["evidence"] = true
		r := s.fine("export_openapi_spec", args)
		n := 0
		for path, item := range r["document"].(object)["paths"].(object) {
			for method, op := range item.(object) {
				op, ok := op.(object)
				if !ok || op["responses"] == nil {
					continue
				}
				e, _ := op["x-spectap-evidence"].(object)
				if e["exchanges"] == nil || e["statuses"] == nil || e["confidence"] == nil {
					t.Errorf("%v: %s %s has the evidence %v", args, method, path, e)
				}
				n++
			}
		}
		if float64(n) != r["operations"] || n == 0 {
			t.Errorf("%v: %d operations, want %v", args, n, r["operations"])
		}
		delete(args, "evidence")
		if again := quoteValue(t, s.fine("export_openapi_spec", args)["document"]); strings.Contains(again, "x-spectap-evidence") || again != plain {
			t.Errorf("%v: evidence remains in the document", args)
		}
	}
	if text := s.fine("export_openapi_spec", object{"format": "yaml", "evidence": true})["text"].(string); !strings.Contains(text, "x-spectap-evidence:") {
		t.Errorf("YAML lacks evidence: %.300s", text)
	}
	s.refused(tool.CodeBadArgument, "export_openapi_spec", object{"format": "compact", "evidence": true})
}

func quoteValue(t *testing.T, v any) string {
	t.Helper()
	s, err := marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestExportCompact(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	whole := s.call("export_openapi_spec", object{"format": "compact"})
	text := whole.data["text"].(string)
	if len(text) > 12_000 || !strings.Contains(text, "\ntype Order = {") || !strings.Contains(whole.text, text) {
		t.Errorf("%d bytes: %.500s", len(text), text)
	}
	lines := map[string]bool{}
	for line := range strings.Lines(text) {
		lines[line] = true
	}
	for _, args := range []object{
		{"tag": "orders"}, {"paths": []string{"/api/v1/cart"}}, {"max_bytes": 2000}, {"max_bytes": 2000, "offset": 8},
	} {
		args["format"] = "compact"
		part := s.fine("export_openapi_spec", args)["text"].(string)
		for line := range strings.Lines(part) {
			if !lines[line] {
				t.Errorf("%v: the whole does not have the line %q", args, line)
			}
		}
		if len(part) > len(text)/2 || strings.Count(part, "\n") < 5 {
			t.Errorf("%v: %d lines, %d bytes", args, strings.Count(part, "\n"), len(part))
		}
	}
	e := s.refused(tool.CodeUnknownOperation, "export_openapi_spec", object{"tag": "nope"})
	if !strings.Contains(e["hint"].(string), `"orders"`) {
		t.Errorf("the error does not name the tags: %v", e)
	}
}

// fixedDocuments has one document.
type fixedDocuments struct {
	source.Documenter
	document source.DocumentResult
}

func (d fixedDocuments) Document(context.Context, source.DocumentRequest) (source.DocumentResult, error) {
	return d.document, nil
}

// TestListOperations checks the outline of a large API, and the filters.
func TestListOperations(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...), func(c *Config) { c.Documents = fixedDocuments{c.Documents, things(60)} })
	first := s.call("list_operations", nil)
	outline := list(t, first.data, "outline")
	total, _ := first.data["total"].(float64)
	sum := 0.0
	for _, row := range outline {
		sum += row["operations"].(float64)
		rows := s.fine("list_operations", object{"tag": row["tag"]})
		if rows["total"] != row["operations"] {
			t.Errorf("tag %v has %v operations, want %v", row["tag"], rows["total"], row["operations"])
		}
	}
	if total <= 100 || sum != total || len(first.data["operations"].([]any)) != 0 || !strings.Contains(first.text, "again with tag") {
		t.Errorf("%v operations, %v in the outline: %.500s", total, sum, first.text)
	}
	page := s.call("list_operations", object{"method": "post", "limit": 10})
	lines := page.data["operations"].([]any)
	if len(lines) != 10 || !strings.Contains(page.text, "offset 10") || slices.ContainsFunc(lines, func(l any) bool { return !strings.HasPrefix(l.(string), "POST /v1/") }) {
		t.Errorf("got %s", page.text)
	}
	e := s.refused(tool.CodeUnknownOperation, "list_operations", object{"query": "unheard of words"})
	if e["hint"] == nil {
		t.Errorf("no hint: %v", e)
	}
	for method, count := range map[string]float64{"get": 1, "post": 2} {
		if got := s.fine("get_operation", object{"method": method, "path": "/v1/things7"}); got["count"] != count {
			t.Errorf("%s has %v flows, want %v", method, got["count"], count)
		}
	}
	for _, args := range []object{{"limit": 99}, {"limit": 101}, {"offset": 1}, {"method": "get"}, {"query": "things"}} {
		if got := s.fine("list_operations", args); got["outline"] != nil || len(got["operations"].([]any)) == 0 {
			t.Errorf("%v: an outline of %v, %v operations", args, got["outline"], got["total"])
		}
	}
	if got := s.fine("list_operations", object{"limit": 100, "offset": 0, "query": " "}); got["outline"] == nil {
		t.Errorf("no outline of %v operations", got["total"])
	}
	whole := connect(t, newStore(t, shopFlows(t)...), func(c *Config) { c.Documents = fixedDocuments{c.Documents, things(50)} })
	if got := whole.call("list_operations", nil); got.data["outline"] != nil || len(got.data["operations"].([]any)) != 100 {
		t.Errorf("a hundred operations: %.500s", got.text)
	}
}

// things returns a document with n paths that have two operations each.
func things(n int) source.DocumentResult {
	out := source.DocumentResult{OpenAPI: &openapi3.T{OpenAPI: "3.1.0", Info: &openapi3.Info{Title: "large", Version: "1"}, Paths: openapi3.NewPaths()}}
	for i := range n {
		path, item := fmt.Sprintf("/v1/things%d", i), &openapi3.PathItem{}
		for k, method := range []string{"GET", "POST"} {
			item.SetOperation(method, &openapi3.Operation{Tags: []string{fmt.Sprintf("tag%d", i%7)}, Responses: openapi3.NewResponses()})
			out.Decided.Operations = append(out.Decided.Operations, infer.Operation{Method: method, Path: path, Seen: int64(k + 1)})
		}
		out.OpenAPI.Paths.Set(path, item)
	}
	return out
}

// TestPartialQuery says that no operation has all words of a query, and only then.
func TestPartialQuery(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	for query, partial := range map[string]bool{"orders": false, "orders unheardof": true} {
		got := s.call("list_operations", object{"query": query})
		note, _ := got.data["note"].(string)
		if says := note == "No operation has all words of the query; these fit best."; says != partial || strings.Contains(got.text, "fit best") != partial || len(got.data["operations"].([]any)) == 0 {
			t.Errorf("%s: the note is %q", query, note)
		}
	}
}

// TestOneOperation says "1 operation", not "1 operations".
func TestOneOperation(t *testing.T) {
	s := connect(t, newStore(t, answered(newFlow("GET", "https", "a.example", "/things", ""), 200, "application/json", `{"a":1}`)))
	for name, args := range map[string]object{
		"export_openapi_spec": {"format": "compact"}, "diff_spec": {"spec": smallSpec}, "list_operations": {}, "explain_operation": {"path": "/things"},
	} {
		got := s.call(name, args).text
		if name == "export_openapi_spec" {
			got += s.call(name, object{"format": "yaml"}).text
		}
		if strings.Contains(got, "1 operations") || strings.Contains(got, "1 flows") || !strings.Contains(got, "1 flow") && !strings.Contains(got, "1 operation") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestExplainSegment checks that the explanation of one segment is short and has its score.
func TestExplainSegment(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	for _, segment := range []string{"{product_slug}", "product_slug", "oak-stool", "4"} {
		got := s.call("explain_operation", object{"method": "GET", "path": "/api/v1/products/oak-stool", "segment": segment})
		findings := list(t, got.data, "findings")
		if len(findings) != 1 || findings[0]["subject"] != "{product_slug}" {
			t.Fatalf("%s: %s", segment, got.text)
		}
		f := findings[0]
		if n := len(f["for"].([]any)) + len(f["against"].([]any)); n != document.MaxReasons || f["more"] == nil || f["score"].(float64) <= f["threshold"].(float64) {
			t.Errorf("%s: %d reasons, %v", segment, n, f)
		}
		if len(got.text) > 1000 {
			t.Errorf("%s: %d bytes", segment, len(got.text))
		}
	}
	first := s.fine("explain_operation", object{"path": "/api/v1/products/oak-stool", "method": "GET"})
	all := list(t, first, "findings")
	second := s.fine("explain_operation", object{"path": "/api/v1/products/oak-stool", "method": "GET", "limit": 1, "offset": 1})
	if page := list(t, second, "findings"); len(all) != 40 || len(page) != 1 || fmt.Sprint(page[0]) != fmt.Sprint(all[1]) || second["next_offset"] != 2.0 || second["total"] != first["total"] {
		t.Errorf("the second finding: %v", second)
	}
	s.refused(tool.CodeBadArgument, "explain_operation", object{"method": "GET", "path": "/api/v1/products/oak-stool", "segment": "nope"})
	if len(list(t, s.fine("explain_operation", object{"method": "GET", "path": "/api/v1/products/{x}", "segment": "x"}), "findings")) != 1 {
		t.Error("a segment is not found by the name that the call gives it")
	}
	literal := list(t, s.fine("explain_operation", object{"method": "GET", "path": "/api/v1/products/{x}", "segment": "products"}), "findings")[0]
	if literal["score"].(float64) >= literal["threshold"].(float64) {
		t.Errorf("a literal has the score %v", literal["score"])
	}
}

// TestServerOfOperation checks that an operation on a second host has the server of that host.
func TestServerOfOperation(t *testing.T) {
	var fs []flow.Flow
	for i := range 4 {
		fs = append(fs,
			answered(newFlow("GET", "https", "api.example", fmt.Sprintf("/users/%d", i), ""), 200, "application/json", `{"a":1}`),
			answered(newFlow("POST", "https", "uploads.example", "/files", ""), 200, "application/json", `{"b":1}`))
	}
	s := connect(t, newStore(t, fs...))
	for _, format := range []string{"json", "compact"} {
		for path, want := range map[string]string{"/files": "https://uploads.example", "/users/1": "https://api.example"} {
			method := map[string]string{"/files": "POST", "/users/1": "GET"}[path]
			got := s.fine("get_operation", object{"method": method, "path": path, "format": format})
			if servers := got["servers"].([]any); len(servers) != 1 || servers[0] != want {
				t.Errorf("%s: the servers are %v, want %s", path, servers, want)
			}
		}
	}
}
