package lint

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
)

// schema checks a schema and those within it. The target of a reference is checked where it stands.
func (w *walker) schema(ref *openapi3.SchemaRef, p site) {
	if ref == nil || ref.Ref != "" {
		return
	}
	s := ref.Value
	if s == nil || w.seen[s] || w.ctx.Err() != nil {
		return
	}
	w.seen[s] = true
	w.text(s.Description, p.at("description"))
	w.values(s, p)
	w.example(ref, p, s.Example)
	if isOther := w.strings(s, p); s.Default != nil && !isOther {
		w.checkValue("default-violates-schema", ref, p.at("default"))
	}
	for i := range s.Examples {
		w.checkValue(ruleExample, ref, p.at("examples", strconv.Itoa(i)))
	}
	for _, name := range s.Required {
		isComplete := len(s.Properties) > 0 && s.AllOf == nil && s.AnyOf == nil && s.OneOf == nil
		if isComplete && s.Properties[name] == nil {
			w.add("required-undeclared", p.at("required"), name)
		}
	}
	if s.Pattern != "" {
		if err := jsonschema.CompilePattern(s.Pattern); err != nil {
			w.add("pattern-unreadable", p.at("pattern"), "")
		}
	}
	_ = ref.WalkSubtree(func(pointer string, below *openapi3.SchemaRef) error { // it returns errors of this function only
		if pointer == "" {
			return nil
		}
		at := p
		at.pointer += pointer
		w.schema(below, at)
		return openapi3.SkipSubtree
	})
}

// root is schema for a schema that is not within another one. It also compiles the schema.
func (w *walker) root(ref *openapi3.SchemaRef, p site) {
	before := len(w.report.Findings)
	w.schema(ref, p)
	if ref == nil || ref.Ref != "" || w.checker == nil {
		return
	}
	for _, f := range w.report.Findings[before:] {
		if f.Rule == "pattern-unreadable" {
			return // the pattern is the reason that the schema does not compile
		}
	}
	if w.structural[""].isWithin(w.pointerOf(p)) {
		return // likewise
	}
	if err := w.checker.Compile(ref); err != nil && !w.uncompiled[err.Error()] {
		w.uncompiled[err.Error()] = true
		w.add("schema-unreadable", p, err.Error())
	}
}

// strings checks the values of a schema for strings. It reports whether the default is no string.
func (w *walker) strings(s *openapi3.Schema, p site) (isDefault bool) {
	isOther := func(t string) bool { return t != "string" && t != "null" }
	if types := s.Type.Slice(); !slices.Contains(types, "string") || slices.ContainsFunc(types, isOther) {
		return false
	}
	for _, k := range openapi.TextKeywords {
		if v, has := w.source.Data(w.pointerOf(p.at(k))); has {
			if _, isOther := openapi.AsStrings(v); isOther {
				w.add(ruleUnquoted, p.at(k), "")
				isDefault = k == "default"
			}
		}
	}
	return isDefault
}

// values checks enums and bounds.
func (w *walker) values(s *openapi3.Schema, p site) {
	seen := map[string]bool{}
	for _, v := range s.Enum {
		b, err := json.Marshal(v)
		if err == nil && seen[string(b)] {
			w.add("enum-repeated", p.at("enum"), "")
			break
		}
		seen[string(b)] = true
	}
	if w.doc.IsOpenAPI30() && s.Nullable && len(s.Enum) > 0 && !slices.Contains(s.Enum, nil) {
		w.add("enum-null", p.at("enum"), "")
	}
	if s.Min != nil && s.Max != nil && *s.Min > *s.Max || s.MaxLength != nil && s.MinLength > *s.MaxLength ||
		s.MaxItems != nil && s.MinItems > *s.MaxItems || s.MaxProps != nil && s.MinProps > *s.MaxProps {
		w.add("bounds-crossed", p, "")
	}
}
