package lint

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/yamledit"
)

// place is where something stands.
type place struct{ pointer, method, path, operation, parameter string }

func (p place) at(keys ...string) place {
	p.pointer += yamledit.Pointer(keys...)
	return p
}

// walker goes through one document.
type walker struct {
	doc       *openapi3.T
	source    *yamledit.Tree
	config    Config
	report    *Report
	converted bool // from 2.0: what the converter makes is nobody's fault
	checker   *check.Checker

	seen    map[*openapi3.Schema]bool // schemas that were looked at
	secured bool                      // some operation asks for credentials

	uncompiled map[string]bool // errors that were told
}

// add adds a finding. detail, unless "", says more than the rule's summary.
func (w *walker) add(id string, p place, detail string) {
	r, _ := ruleOf(id)
	if w.config.ErrorsOnly && r.Severity != Error || slices.Contains(w.config.Ignore, id) {
		return
	}
	if w.converted {
		p.pointer = w.pointer2(p)
	}
	f := Finding{Rule: id, Severity: r.Severity, Message: r.Summary, Advice: r.Advice, Pointer: p.pointer,
		Method: p.method, Path: p.path, Operation: p.operation, Parameter: p.parameter}
	switch {
	case detail == "":
	case isCode(id): // the library's words say it all
		f.Message = detail
	default:
		f.Message += ": " + detail
	}
	f.Line, f.Column = w.source.Position(p.pointer)
	w.report.Findings = append(w.report.Findings, f)
}

// has says whether the text has what a pointer leads to.
func (w *walker) has(pointer string) bool {
	line, column := w.source.Position(pointer)
	topLine, topColumn := w.source.Position("")
	return line != topLine || column != topColumn
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (w *walker) document() {
	w.seen, w.uncompiled = map[*openapi3.Schema]bool{}, map[string]bool{}
	w.secured = len(w.doc.Security) > 0
	w.top()
	paths := w.doc.Paths.Map()
	for _, path := range sorted(paths) {
		for _, op := range paths[path].Operations() {
			w.secured = w.secured || op.Security != nil && len(*op.Security) > 0
		}
	}
	ids := map[string]string{}
	for _, path := range sorted(paths) {
		w.item(path, paths[path], ids)
	}
	for _, name := range sorted(w.doc.Webhooks) {
		for _, op := range w.doc.Webhooks[name].Operations() {
			w.body(op.RequestBody, place{pointer: yamledit.Pointer("webhooks", name)})
		}
	}
	w.components()
}

func (w *walker) item(path string, item *openapi3.PathItem, ids map[string]string) {
	p := place{pointer: yamledit.Pointer("paths", path), path: path}
	if strings.Contains(path, "?") || strings.Contains(path, "#") && !variants(item) {
		w.add("path-has-query", p, "")
	}
	if len(path) > 1 && strings.HasSuffix(path, "/") && w.doc.Paths.Value(strings.TrimSuffix(path, "/")) != nil {
		w.add("path-slash", p, "")
	}
	w.parameters(item.Parameters, p)
	ops := item.Operations()
	for _, method := range sorted(ops) {
		op := ops[method]
		w.report.Operations++
		o := p.at(strings.ToLower(method))
		o.method, o.operation = method, op.OperationID
		w.identity(op, o, ids)
		w.operation(method, op, o)
	}
}

// variants says whether the operations of a path are told apart by a fragment, which is never sent.
func variants(item *openapi3.PathItem) bool {
	for _, op := range item.Operations() {
		if op.Extensions[openapi.ExtVariant] == nil {
			return false
		}
	}
	return true
}

func (w *walker) identity(op *openapi3.Operation, o place, ids map[string]string) {
	if op.OperationID == "" {
		w.add("operation-id-missing", o, "")
		return
	}
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(op.OperationID))
	if other := ids[plain]; other != "" && other != op.OperationID {
		w.add("operation-id-clash", o.at("operationId"), op.OperationID+" and "+other)
	}
	ids[plain] = op.OperationID
}

func (w *walker) parameters(ps openapi3.Parameters, p place) {
	for i, ref := range ps {
		at := p.at("parameters", strconv.Itoa(i))
		if ref != nil && ref.Ref == "" {
			w.parameter(ref.Value, at)
		}
	}
}

func (w *walker) body(ref *openapi3.RequestBodyRef, p place) {
	if ref != nil && ref.Ref == "" && ref.Value != nil {
		w.text(ref.Value.Description, p)
		w.content(ref.Value.Content, p)
	}
}

func (w *walker) content(c openapi3.Content, p place) {
	for _, kind := range sorted(c) {
		m := c[kind]
		if m == nil {
			continue
		}
		at := p.at("content", kind)
		if m.Schema == nil && strings.Contains(kind, "json") {
			w.add("response-schema-missing", at, "")
		}
		w.root(m.Schema, at.at("schema"))
		w.example(m.Schema, at, m.Example)
		w.examples(m.Schema, at, m.Examples)
	}
}

func (w *walker) response(ref *openapi3.ResponseRef, p place) {
	if ref == nil || ref.Ref != "" || ref.Value == nil {
		return
	}
	if ref.Value.Description != nil {
		w.text(*ref.Value.Description, p.at("description"))
	}
	w.content(ref.Value.Content, p)
	w.headers(ref.Value.Headers, p)
}

func (w *walker) headers(hs openapi3.Headers, p place) {
	for _, name := range sorted(hs) {
		if h := hs[name]; h != nil && h.Ref == "" && h.Value != nil {
			w.text(h.Value.Description, p.at("headers", name, "description"))
			w.root(h.Value.Schema, p.at("headers", name, "schema"))
		}
	}
}

// components looks at what is defined there and, at last, at what nothing refers to.
func (w *walker) components() {
	c := w.doc.Components
	if c == nil {
		return
	}
	p := place{pointer: "/components"}
	for _, name := range sorted(c.Schemas) {
		w.root(c.Schemas[name], p.at("schemas", name))
	}
	for _, name := range sorted(c.Parameters) {
		if ref := c.Parameters[name]; ref != nil && ref.Ref == "" {
			w.parameter(ref.Value, p.at("parameters", name))
		}
	}
	for _, name := range sorted(c.RequestBodies) {
		w.body(c.RequestBodies[name], p.at("requestBodies", name))
	}
	for _, name := range sorted(c.Responses) {
		w.response(c.Responses[name], p.at("responses", name))
	}
	w.headers(c.Headers, p)
	for _, name := range sorted(c.SecuritySchemes) {
		if ref := c.SecuritySchemes[name]; ref != nil && ref.Value != nil && ref.Value.Type == "apiKey" && ref.Value.In == "query" {
			w.add("key-in-query", p.at("securitySchemes", name), "")
		}
	}
	if w.converted {
		return
	}
	used := openapi.References(w.source.Root)
	for section, names := range map[string][]string{"schemas": sorted(c.Schemas), "parameters": sorted(c.Parameters),
		"requestBodies": sorted(c.RequestBodies), "responses": sorted(c.Responses), "headers": sorted(c.Headers)} {
		for _, name := range names {
			if !used["#"+yamledit.Pointer("components", section, name)] {
				w.add("component-unused", p.at(section, name), name)
			}
		}
	}
}
