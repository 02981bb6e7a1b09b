package openapi

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// DocumentLayout describes a document of version 3. It must not be changed.
func DocumentLayout() *ObjectLayout { return layout3() }

var layout3 = sync.OnceValue(func() *ObjectLayout {
	l := layouts{}
	l.read(Objects3)
	l.named("Schema").Schema = true
	return l.named("Document")
})

// SwaggerLayout describes where a document of version 2.0 has objects; only schemas have an order,
// that of version 3. Parameters and their items have the keywords of a schema themselves.
// It must not be changed.
func SwaggerLayout() *ObjectLayout { return layout2() }

var layout2 = sync.OnceValue(func() *ObjectLayout {
	l := layouts{}
	table, _, _ := strings.Cut(Objects2, "\nSchema:")
	l.read(table)
	for _, o := range l {
		o.Order = nil
	}
	_, schemas, _ := strings.Cut(Objects3, "\nSchemaBase:")
	l.read("SchemaBase:" + schemas)
	for _, name := range []string{"Schema", "Parameter", "Items"} {
		l.named(name).Schema = true
	}
	return l.named("Document")
})

// layouts are the objects of a table, with the members that they have in any version and of any
// kind.
type layouts map[string]*ObjectLayout

func (l layouts) named(name string) *ObjectLayout {
	if l[name] == nil {
		l[name] = &ObjectLayout{Name: name, Children: map[string]*ObjectLayout{}}
	}
	return l[name]
}

// objectName matches the name of an object in a head of a table.
var objectName = regexp.MustCompile(`^\w+`)

func (l layouts) read(table string) {
	for line := range strings.SplitSeq(strings.ReplaceAll(table, "\n  ", " "), "\n") {
		head, members, _ := strings.Cut(line, ": ")
		o, hasPlace := l.named(objectName.FindString(head)), true
		for member := range strings.SplitSeq(members, ";") {
			key, typ, _ := strings.Cut(strings.TrimSpace(member), " ")
			if key == "|" {
				hasPlace = false
				continue
			}
			if base, ok := strings.CutPrefix(key, "+"); ok {
				o.place(l.named(base).Order...)
				maps.Copy(o.Children, l.named(base).Children)
				continue
			}
			child := l.child(typ)
			if strings.HasPrefix(key, "/") {
				o.Each = cmp.Or(child, &ObjectLayout{})
				continue
			}
			key = key[:strings.IndexAny(key+"!", "!@")]
			if hasPlace && o.Each == nil {
				o.place(key)
			}
			if child != nil && child != o.Each {
				o.Children[key] = child
			}
		}
	}
}

// place gives keys that have none a place behind the others.
func (o *ObjectLayout) place(keys ...string) {
	for _, key := range keys {
		if !slices.Contains(o.Order, key) {
			o.Order = append(o.Order, key)
		}
	}
}

// objectType matches a type that is an object, a list of objects or a map of objects.
var objectType = regexp.MustCompile(`^\[?(\{?)([A-Z]\w+)(&?)`)

// child returns the layout of a type, nil for a type without objects.
func (l layouts) child(typ string) *ObjectLayout {
	m := objectType.FindStringSubmatch(typ)
	if m == nil || m[2] == "Type" {
		return nil
	}
	o := l.named(m[2])
	if m[3] == "&" && !slices.Contains(o.Order, "$ref") {
		o.Order = append([]string{"$ref"}, o.Order...)
	}
	if m[1] != "" {
		return &ObjectLayout{Each: o, Name: "{" + m[2] + "}"}
	}
	return o
}
