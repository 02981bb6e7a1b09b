package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/spectools"
)

// TestDiffTools checks what a dry run says of tools that were added, changed or removed.
func TestDiffTools(t *testing.T) {
	tool := spectools.ToolSummary{Name: "a", Method: "GET", Path: "/a", Description: "d", Tags: []string{"t"}, InputSchema: json.RawMessage(`{"x":1,"y":2}`)}
	with := func(change func(*spectools.ToolSummary)) spectools.ToolSummary {
		c := tool
		change(&c)
		return c
	}
	for _, tt := range []struct {
		name string
		now  []spectools.ToolSummary
		want string
	}{
		{"same", []spectools.ToolSummary{tool}, ""},
		{"same arguments in another order", []spectools.ToolSummary{with(func(c *spectools.ToolSummary) { c.InputSchema = json.RawMessage(`{"y": 2, "x": 1}`) })}, ""},
		{"method", []spectools.ToolSummary{with(func(c *spectools.ToolSummary) { c.Method = "PUT" })}, "~ a  method or path\n"},
		{"path", []spectools.ToolSummary{with(func(c *spectools.ToolSummary) { c.Path = "/b" })}, "~ a  method or path\n"},
		{"description", []spectools.ToolSummary{with(func(c *spectools.ToolSummary) { c.Description = "e" })}, "~ a  description\n"},
		{"tags", []spectools.ToolSummary{with(func(c *spectools.ToolSummary) { c.Tags = nil })}, "~ a  tags\n"},
		{"confirmation and arguments", []spectools.ToolSummary{with(func(c *spectools.ToolSummary) { c.Held, c.InputSchema = true, nil })}, "~ a  confirmation, arguments\n"},
		{"added", []spectools.ToolSummary{tool, {Name: "b", Method: "POST", Path: "/b"}}, "+ b  POST /b\n"},
		{"removed", nil, "- a  GET /a\n"},
		{"renamed", []spectools.ToolSummary{with(func(c *spectools.ToolSummary) { c.Name = "z" })}, "+ z  GET /a\n- a  GET /a\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "old.json")
			data, err := json.Marshal([]spectools.ToolSummary{tool})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			err = diffTools(&out, path, tt.now)
			if out.String() != tt.want {
				t.Errorf("got %q, want %q", &out, tt.want)
			}
			var status exitStatus
			if found := errors.As(err, &status); found != (tt.want != "") || found && status != exitFound || !found && err != nil {
				t.Errorf("got %v", err)
			}
			if err := diffTools(fullWriter{}, path, tt.now); tt.want != "" && (err == nil || errors.As(err, &status)) {
				t.Errorf("without room for the output: %v", err)
			}
		})
	}
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{bad: "not the output of a dry run", bad + "x": "no such file"} {
		if err := diffTools(new(bytes.Buffer), path, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestSummarize(t *testing.T) {
	var out bytes.Buffer
	tools := []spectools.ToolSummary{{Tags: []string{"b", "a"}}, {Tags: []string{"a"}}, {}, {}}
	if err := summarize(&out, tools); err != nil || out.String() != "4 tools\n     2  (no tag)\n     2  a\n     1  b\n" {
		t.Errorf("got %q, %v", &out, err)
	}
	if summarize(fullWriter{}, tools) == nil {
		t.Error("no error without room for the output")
	}
}

// TestServeFilter checks which operations the flags of serve select.
func TestServeFilter(t *testing.T) {
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ops := []spectools.Operation{
		{ID: "one", Tags: []string{"a", "b"}, Description: "reads users"},
		{ID: "two", Tags: []string{"b"}, Summary: "writes users"},
		{ID: "three", Summary: "reads", Description: "deletes"},
	}
	for _, tt := range []struct {
		name    string
		f       *filterFlags
		want    string
		unknown string
	}{
		{"nothing", &filterFlags{}, "one two three", ""},
		{"tag", &filterFlags{tags: []string{"a"}}, "one", ""},
		{"tags", &filterFlags{tags: []string{"a", "b"}}, "one two", ""},
		{"unknown tag", &filterFlags{tags: []string{"B"}}, "", "--tag B: no operation has this tag; the tags are a, b"},
		{"nothing left", &filterFlags{tags: []string{"a"}, exclude: "users"}, "",
			"the filters leave none of the 3 operations; the tags are a, b"},
		{"include", &filterFlags{include: "users$"}, "one two", ""},
		{"include by the description first", &filterFlags{include: "reads"}, "one", ""},
		{"exclude", &filterFlags{exclude: "users"}, "three", ""},
		{"include and exclude", &filterFlags{include: "users", exclude: "^writes"}, "one", ""},
		{"list", &filterFlags{listFile: list}, "one two", ""},
		{"list and tag", &filterFlags{listFile: list, tags: []string{"a"}}, "one", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			filter, err := tt.f.filter()
			if err != nil {
				t.Fatal(err)
			}
			if filter != nil {
				filter = tt.f.count(filter)
			}
			var got []string
			for _, op := range ops {
				if filter == nil || filter(op) {
					got = append(got, op.ID)
				}
			}
			if strings.Join(got, " ") != tt.want || (filter == nil) != (tt.name == "nothing") {
				t.Errorf("got %v, want %s", got, tt.want)
			}
			if err := tt.f.unknown(); (err != nil) != (tt.unknown != "") || err != nil && err.Error() != tt.unknown {
				t.Errorf("unknown: %v, want %q", err, tt.unknown)
			}
		})
	}
	f := &filterFlags{listFile: list}
	filter, err := f.filter()
	if err != nil {
		t.Fatal(err)
	}
	filter(ops[0])
	if err := f.unknown(); err == nil || !strings.Contains(err.Error(), "no operation has the operationId two") {
		t.Errorf("an operation that no document has: %v", err)
	}
	for _, f := range []*filterFlags{{include: "("}, {exclude: "("}, {listFile: list + "x"}} {
		if _, err := f.filter(); err == nil {
			t.Errorf("%+v: no error", f)
		}
	}
}
