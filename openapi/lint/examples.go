package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// Kin-openapi says of an example that it does not fit, but not which of a component's it is: they are checked here.

// example looks at the example of what p is, where it has one.
func (w *walker) example(schema *openapi3.SchemaRef, p place, v any) {
	if v != nil {
		w.given("example-violates-schema", schema, p.at("example"))
	}
}

// examples looks at named ones. Those of components have a place of their own, but no schema there.
func (w *walker) examples(schema *openapi3.SchemaRef, p place, all openapi3.Examples) {
	for _, name := range sorted(all) {
		if e := all[name]; e != nil && e.Ref == "" && e.Value != nil && e.Value.Value != nil {
			w.given("example-violates-schema", schema, p.at("examples", name, "value"))
		}
	}
}

// maxProblems bounds what is told of one example.
const maxProblems = 3

// given looks at a value that the text has, numbers to the letter.
func (w *walker) given(rule string, schema *openapi3.SchemaRef, p place) {
	if w.checker == nil || schema == nil {
		return
	}
	at := p.pointer
	if w.converted {
		at = w.pointer2(p)
	}
	v, ok := w.source.Data(at)
	if !ok {
		return
	}
	// A format is a hint to readers of OpenAPI, and examples such as "some-uuid" are not wrong by it.
	problems := slices.DeleteFunc(w.checker.Admits(schema, v), func(p string) bool { return strings.Contains(p, "not of format") })
	if len(problems) == 0 {
		return
	}
	text := strings.Join(problems[:min(len(problems), maxProblems)], "; ")
	if more := len(problems) - maxProblems; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	what, _, _ := strings.Cut(rule, "-")
	w.add(rule, p, "the "+what+" does not fit its schema: "+text)
}

// pointer2 is where a place of a document of version 3, converted from 2.0, stands in the text.
func (w *walker) pointer2(p place) string {
	tokens := strings.Split(p.pointer, "/")
	switch {
	case len(tokens) > 2 && tokens[1] == "components":
		section := map[string]string{"schemas": "definitions", "securitySchemes": "securityDefinitions", "requestBodies": "parameters"}[tokens[2]]
		if section == "" {
			section = tokens[2]
		}
		if section == "parameters" && len(tokens) > 4 && tokens[4] == "schema" {
			tokens = append(tokens[:4:4], tokens[5:]...) // a parameter has the keywords itself
		}
		tokens = append([]string{"", section}, tokens[3:]...)
	case len(tokens) > 4 && tokens[1] == "paths" && tokens[4] == "requestBody":
		operation := strings.Join(tokens[:4], "/")
		i := w.parameter2(operation, func(m map[string]any) bool { return m["in"] == "body" })
		if i == "" {
			return operation // of a form: its fields are parameters
		}
		tokens = append(strings.Split(operation+yamledit.Pointer("parameters", i), "/"), tokens[5:]...)
	case p.parameter != "" && len(tokens) > 3 && tokens[1] == "paths":
		at := 3
		if len(tokens) > 4 && tokens[3] != "parameters" {
			at = 4
		}
		if len(tokens) > at+1 && tokens[at] == "parameters" {
			if i := w.parameter2(strings.Join(tokens[:at], "/"), func(m map[string]any) bool { return m["name"] == p.parameter }); i != "" {
				tokens[at+1] = i
			}
			if len(tokens) > at+2 && tokens[at+2] == "schema" {
				tokens = append(tokens[:at+2], tokens[at+3:]...)
			}
		}
	}
	return withoutContent(tokens)
}

// withoutContent takes the media types out of a pointer: what has a schema in 2.0 has it at once.
func withoutContent(tokens []string) string {
	for i := 1; i+2 < len(tokens); i++ {
		if tokens[i] == "content" && tokens[i+2] == "schema" {
			tokens = append(tokens[:i:i], tokens[i+2:]...)
			break
		}
	}
	return strings.Join(tokens, "/")
}

// parameter2 is the index of a parameter beside an operation of the text, "" when there is none.
func (w *walker) parameter2(operation string, is func(map[string]any) bool) string {
	v, _ := w.source.Data(operation + "/parameters")
	list, _ := v.([]any)
	for i, e := range list {
		if m, ok := e.(map[string]any); ok && is(m) {
			return fmt.Sprint(i)
		}
	}
	return ""
}
