package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// example checks the example of the object at p, if it has one.
//
// Kin-openapi checks examples, too, but does not say which one of a component is wrong.
func (w *walker) example(schema *openapi3.SchemaRef, p site, v any) {
	if v != nil {
		w.checkValue(ruleExample, schema, p.at("example"))
	}
}

// examples checks named examples. Examples that are components are not checked: they have no schema
// there.
func (w *walker) examples(schema *openapi3.SchemaRef, p site, all openapi3.Examples) {
	for _, name := range sorted(all) {
		if e := all[name]; e != nil && e.Ref == "" && e.Value != nil && e.Value.Value != nil {
			w.checkValue(ruleExample, schema, p.at("examples", name, "value"))
		}
	}
}

// maxProblems bounds the problems reported for one example.
const maxProblems = 3

// checkValue checks the value in the text at p, which has all digits of numbers, against a schema.
func (w *walker) checkValue(rule string, schema *openapi3.SchemaRef, p site) {
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
	// Formats do not count: examples such as "some-uuid" are common, and OpenAPI takes a format as
	// a hint.
	isFormat := func(problem string) bool { return strings.Contains(problem, "not of format") }
	problems := slices.DeleteFunc(w.checker.Admits(w.ctx, w.meter, schema, v), isFormat)
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
