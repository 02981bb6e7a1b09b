package lint

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/yamledit"
)

// site is a place in a document, for findings.
type site struct{ pointer, method, path, operation, parameter string }

// at returns the place below p with the given keys.
func (p site) at(keys ...string) site {
	p.pointer += jsonvalue.Pointer(keys...)
	return p
}

// walker applies the rules to one document.
type walker struct {
	ctx       context.Context
	doc       *openapi3.T
	source    *yamledit.Tree
	config    Config
	report    *Report
	converted bool // from 2.0
	checker   *check.Checker
	meter     *jsonschema.Meter // of all examples and defaults

	seen    map[*openapi3.Schema]bool // schemas that were checked
	secured bool                      // some operation requires credentials

	structural  map[string]*mistakes // by the name of the member; all under ""
	uncompiled  map[string]bool      // errors that were reported
	tags        map[string]bool      // that the document declares
	parameters2 map[string][]any     // see parameter2
}

// add adds a finding. detail, unless "", is appended to the summary of the rule.
func (w *walker) add(id string, p site, detail string) {
	p.pointer = w.pointerOf(p)
	w.addText(id, p, detail)
}

// addText is add for a place whose pointer is that of the text.
func (w *walker) addText(id string, p site, detail string) {
	r, _ := ruleOf(id)
	if id == ruleExample && w.config.Strict {
		r.Severity = Error
	}
	if w.config.ErrorsOnly && r.Severity != Error && id != ruleExample && id != ruleUnquoted || slices.Contains(w.config.Ignore, id) {
		return
	}
	f := Finding{Rule: id, Severity: r.Severity, Message: r.Summary, Advice: r.Advice, Pointer: p.pointer,
		Method: p.method, Path: p.path, Operation: p.operation, Parameter: p.parameter}
	switch {
	case detail == "":
	case isCode(id): // the summary of kin-openapi's rules says less than its error
		f.Message = detail
	default:
		f.Message += ": " + detail
	}
	f.Line, f.Column = w.source.Position(p.pointer)
	w.report.Findings = append(w.report.Findings, f)
}

// has reports whether a pointer leads to something in the text.
func (w *walker) has(pointer string) bool {
	line, column := w.source.Position(pointer)
	topLine, topColumn := w.source.Position("")
	return line != topLine || column != topColumn
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (w *walker) document() {
	w.seen, w.uncompiled = map[*openapi3.Schema]bool{}, map[string]bool{}
	w.tags = map[string]bool{}
	for _, t := range w.doc.Tags {
		if t != nil {
			w.tags[t.Name] = true
		}
	}
	w.secured = len(w.doc.Security) > 0
	w.info()
	paths := w.doc.Paths.Map()
	for _, path := range sorted(paths) {
		for _, op := range paths[path].Operations() {
			w.secured = w.secured || op.Security != nil && len(*op.Security) > 0
		}
	}
	ids := map[string]string{}
	for _, path := range sorted(paths) {
		if w.ctx.Err() != nil {
			return
		}
		w.item(path, paths[path], ids)
	}
	for _, name := range sorted(w.doc.Webhooks) {
		ops := w.doc.Webhooks[name].Operations()
		for _, method := range sorted(ops) {
			w.body(ops[method].RequestBody, site{pointer: jsonvalue.Pointer("webhooks", name)}.at(openapi.OperationKeys(method)...).at("requestBody"))
		}
	}
	w.components()
	w.access(w.doc.Extensions[openapi.ExtAccess], site{}.at(openapi.ExtAccess))
}

// maxAccess bounds the sign-ins and tokens that are looked at.
const maxAccess = 1000

// access reports operations of [openapi.ExtAccess] that the document does not have.
func (w *walker) access(v any, p site) {
	members, _ := v.(map[string]any)
	for _, name := range sorted(members) {
		w.access(members[name], p.at(name))
	}
	list, _ := v.([]any)
	for i, x := range list[:min(len(list), maxAccess)] {
		w.access(x, p.at(strconv.Itoa(i)))
	}
	operation, _ := members["operation"].(string)
	method, path, _ := strings.Cut(operation, " ")
	if item := w.doc.Paths.Value(path); operation != "" && (item == nil || item.Operations()[strings.ToUpper(method)] == nil) {
		w.add("reference-unresolved", p.at("operation"), "there is no operation "+shown(operation))
	}
}

func (w *walker) item(path string, item *openapi3.PathItem, ids map[string]string) {
	p := site{pointer: jsonvalue.Pointer("paths", path), path: path}
	if strings.Contains(path, "?") || strings.Contains(path, "#") && !hasVariants(item) {
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
		o := p.at(openapi.OperationKeys(method)...)
		o.method, o.operation = method, op.OperationID
		w.identity(op, o, ids)
		w.operation(method, op, o)
	}
}

// hasVariants reports whether the operations of a path are distinguished by a fragment, which is
// never sent.
func hasVariants(item *openapi3.PathItem) bool {
	for _, op := range item.Operations() {
		if op.Extensions[openapi.ExtVariant] == nil {
			return false
		}
	}
	return true
}

// identity checks the operationId. ids has those of the operations before, by their letters and
// digits.
func (w *walker) identity(op *openapi3.Operation, o site, ids map[string]string) {
	if op.OperationID == "" {
		w.add("operation-id-missing", o, "")
		return
	}
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, strings.ToLower(op.OperationID))
	if other := ids[plain]; other != "" && other != op.OperationID {
		w.add("operation-id-clash", o.at("operationId"), op.OperationID+" and "+other)
	}
	ids[plain] = op.OperationID
}

func (w *walker) parameters(ps openapi3.Parameters, p site) {
	for i, ref := range ps {
		if w.ctx.Err() != nil {
			return
		}
		at := p.at("parameters", strconv.Itoa(i))
		if ref != nil && ref.Ref == "" {
			w.parameter(ref.Value, at)
		}
	}
}

func (w *walker) body(ref *openapi3.RequestBodyRef, p site) {
	if ref != nil && ref.Ref == "" && ref.Value != nil {
		w.text(ref.Value.Description, p)
		w.content(ref.Value.Content, p)
	}
}

func (w *walker) content(c openapi3.Content, p site) {
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
		if _, ofItems := w.source.Data(at.at("itemSchema").pointer); ofItems {
			continue // an example is of the complete body, the schema of an item
		}
		w.example(m.Schema, at, m.Example)
		w.examples(m.Schema, at, m.Examples)
	}
}

func (w *walker) response(ref *openapi3.ResponseRef, p site) {
	if ref == nil || ref.Ref != "" || ref.Value == nil {
		return
	}
	if ref.Value.Description != nil {
		w.text(*ref.Value.Description, p.at("description"))
	}
	w.content(ref.Value.Content, p)
	w.headers(ref.Value.Headers, p)
}

func (w *walker) headers(hs openapi3.Headers, p site) {
	for _, name := range sorted(hs) {
		if h := hs[name]; h != nil && h.Ref == "" && h.Value != nil {
			w.text(h.Value.Description, p.at("headers", name, "description"))
			w.root(h.Value.Schema, p.at("headers", name, "schema"))
		}
	}
}
