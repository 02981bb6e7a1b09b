package page_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/page/wire"
)

// typeScript returns the client of a panel: its types, a function for each call and a constant for
// each feed.
func typeScript(p wire.Panel) string {
	w := &typeWriter{names: map[string]reflect.Type{}}
	var calls strings.Builder
	fileType := reflect.TypeFor[*wire.File]()
	for _, c := range p.Calls {
		in, make := w.name(c.In), "call"
		out := "wire.Saved"
		if c.Out == fileType {
			make = "file"
		} else {
			out = w.name(c.Out)
		}
		fmt.Fprintf(&calls, "export const %s = wire.%s<%s, %s>(%q);\n", c.Name, make, in, out, p.Name+"/"+c.Name)
	}
	for _, f := range p.Feeds {
		fmt.Fprintf(&calls, "export const %s = wire.feed<%s, %s>(%q);\n", f.Name, w.name(f.In), w.name(f.Event), p.Name+"."+f.Name)
	}
	return "// Code generated from the Go definition by \"make ui\"; DO NOT EDIT.\n\nimport * as wire from \"../wire\";\n\n" +
		w.out.String() + calls.String()
}

// typeWriter writes the types that calls refer to, each once.
type typeWriter struct {
	out   strings.Builder
	names map[string]reflect.Type
}

// name returns the TypeScript type of a Go type, and writes the structs that it consists of.
func (w *typeWriter) name(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "string"
	case t == reflect.TypeFor[time.Duration]():
		panic("a duration has no unit in JSON: use a number of milliseconds")
	}
	switch t.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		return "string"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16,
		reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Pointer:
		return w.name(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "string" // base64
		}
		return w.name(t.Elem()) + "[]"
	case reflect.Map:
		return "Record<string, " + w.name(t.Elem()) + ">"
	case reflect.Struct:
		return w.structure(t)
	}
	panic(fmt.Sprintf("%s has no type in TypeScript", t))
}

// structure writes an interface for a struct unless it is there, and returns its name.
func (w *typeWriter) structure(t reflect.Type) string {
	name := t.Name()
	if name == "" {
		panic("the structs of calls need names")
	}
	name = strings.ToUpper(name[:1]) + name[1:]
	if have, ok := w.names[name]; ok {
		if have != t {
			panic(fmt.Sprintf("%s and %s have the same name", have, t))
		}
		return name
	}
	w.names[name] = t
	var b strings.Builder
	fmt.Fprintf(&b, "export interface %s {\n", name)
	for f := range t.Fields() {
		tag := strings.Split(f.Tag.Get("json"), ",")
		if tag[0] == "-" || !f.IsExported() {
			continue
		}
		if tag[0] == "" {
			panic(fmt.Sprintf("%s.%s has no name in JSON", t, f.Name))
		}
		if slices.Contains(tag, "omitempty") && !isEmptyable(f.Type) {
			panic(fmt.Sprintf("%s.%s: omitempty omits no numbers and truths: use omitzero", t, f.Name))
		}
		optional := ""
		if slices.Contains(tag, "omitempty") || slices.Contains(tag, "omitzero") || f.Type.Kind() == reflect.Pointer {
			optional = "?"
		}
		fmt.Fprintf(&b, "  %s%s: %s;\n", tag[0], optional, w.name(f.Type))
	}
	b.WriteString("}\n\n")
	w.out.WriteString(b.String())
	return name
}

// isEmptyable reports whether a value can be empty in JSON: "", [], {} or null.
func isEmptyable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Map, reflect.Pointer, reflect.Struct:
		return true
	}
	return false
}
