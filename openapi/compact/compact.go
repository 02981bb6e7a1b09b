// Package compact writes an OpenAPI document in a form that is short enough for a language model:
// one line for each operation and one for each type.
//
//	POST /repos/{owner}/issues createIssue ?notify:bool body:NewIssue -> 201:Issue 422:Error bearer
//	type Issue = {id:int labels?:Label[] state:"open"|"closed"}
//
// Parts that many lines share are written once: beginnings of paths and ids (group.go), and
// parameters, responses and credentials (defaults.go).
//
// docs/compact.md has the grammar. Every operation, type and property of the document appears;
// descriptions, examples, response headers and styles of parameters do not. The output depends on
// the document alone. Text of the document cannot leave its place: names that are no identifiers
// are quoted, characters that do not show are escapes, and long enums and patterns are cut.
//
// Read compact.go first, then line.go and schema.go.
package compact

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
)

// Options configures a [Form]. The zero value is valid.
type Options struct {
	// Count, unless nil, returns how often an operation was seen, which its line says unless it is
	// 0.
	Count func(method, template string) int64
}

// Form is the compact form of a document. It does not change: any number of goroutines may use it
// at once.
type Form struct {
	root  object
	count func(method, template string) int64
	ops   []Operation
	defs  map[string]definition // by reference
	order []string              // the references in defs, sorted
	todo  []string              // references without a definition yet; used by New alone
	size  int                   // bytes of all lines
	// defaults are written once for the document.
	defaults defaults
	// isSchema means that root is a JSON Schema, whose definitions are in $defs.
	isSchema bool
}

// maxSize bounds the form, in bytes: a document may use the same part very often.
const maxSize = 32 << 20

// Operation is one operation.
type Operation struct {
	Method, Template string
	ID               string // operationId; may be ""
	Summary          string
	Tags             []string
	// Line describes the operation completely. It names types without defining them. Lines of its
	// callbacks follow, indented.
	Line string

	parts parts
	refs  []string
	group *group // of the line within the document
}

// definition is a line that defines the target of references.
type definition struct {
	line string
	refs []string // references of the line itself
}

// object is a JSON object.
type object = map[string]any

// New returns the compact form of a document.
func New(doc *openapi3.T, o Options) (*Form, error) {
	data, err := openapi.Data(doc)
	if err != nil {
		return nil, fmt.Errorf("write document in compact form: %w", err)
	}
	root, _ := data.(object)
	f := &Form{root: root, count: o.Count, defs: map[string]definition{}}
	f.addOperations(get(root, "paths"), "")
	f.addOperations(get(root, "webhooks"), "webhook ")
	for kind := range kinds {
		for name := range get(root, "components", kind) {
			f.todo = append(f.todo, "#"+jsonvalue.Pointer("components", kind, name))
		}
	}
	if err := f.defineAll(); err != nil {
		return nil, fmt.Errorf("write document in compact form: %w", err)
	}
	f.order = slices.Sorted(maps.Keys(f.defs))
	f.defaults = usual(f.ops)
	f.divide()
	return f, nil
}

// Operations returns all operations, by path and method; webhooks are last. The caller must not
// modify the list.
func (f *Form) Operations() []Operation { return f.ops }

// String returns the document.
func (f *Form) String() string { return f.text(f.all(), f.order) }

// all returns the indexes of all operations.
func (f *Form) all() (indexes []int) {
	for i := range f.ops {
		indexes = append(indexes, i)
	}
	return indexes
}

// Part returns some operations, by their indexes in [Form.Operations], with the types that they
// refer to, directly or through others. Each line is as in the complete document.
func (f *Form) Part(operations []int) string { return f.text(operations, f.reachable(operations)) }

// Types returns the lines that define the types which some operations refer to, directly or through
// other types.
func (f *Form) Types(operations []int) []string {
	refs := f.reachable(operations)
	lines := make([]string, len(refs))
	for i, ref := range refs {
		lines[i] = f.defs[ref].line
	}
	return lines
}

// reachable returns the references that some operations need, in order.
func (f *Form) reachable(operations []int) []string {
	needed := map[string]bool{}
	var todo []string
	visit := func(refs []string) {
		for _, r := range refs {
			if !needed[r] {
				needed[r] = true
				todo = append(todo, r)
			}
		}
	}
	for _, i := range operations {
		visit(f.ops[i].refs)
	}
	for len(todo) > 0 {
		ref := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		visit(f.defs[ref].refs)
	}
	var out []string
	for _, ref := range f.order {
		if needed[ref] {
			out = append(out, ref)
		}
	}
	return out
}

// text writes the header, operations by tag, and definitions.
func (f *Form) text(operations []int, refs []string) string {
	var b strings.Builder
	b.WriteString(f.header())
	var shown []*parts
	for _, i := range operations {
		shown = append(shown, &f.ops[i].parts)
	}
	for _, line := range f.defaults.lines(shown) {
		b.WriteString(line + "\n")
	}
	tags, byTag := f.byTag(operations)
	for _, tag := range tags {
		b.WriteByte('\n')
		if tag != "" || len(tags) > 1 {
			b.WriteString("# " + tagName(tag) + "\n")
		}
		f.writeOperations(&b, byTag[tag])
	}
	if len(refs) > 0 {
		b.WriteByte('\n')
	}
	for _, ref := range refs {
		b.WriteString(f.defs[ref].line + "\n")
	}
	return b.String()
}

// writeOperations writes operations of one tag.
func (f *Form) writeOperations(b *strings.Builder, operations []int) {
	var last *group
	for _, i := range operations {
		o := &f.ops[i]
		if o.parts.prefix != "" {
			b.WriteString(o.Line + "\n")
			continue
		}
		if g := o.group; g != last && g.line != "" {
			b.WriteString(g.line + "\n")
		}
		if last = o.group; last.line != "" {
			b.WriteByte(' ')
		}
		b.WriteString(o.parts.text(last, f.defaults) + o.parts.callbacks + "\n")
	}
}

// divide divides the operations of each tag into groups.
func (f *Form) divide() {
	_, byTag := f.byTag(f.all())
	for _, list := range byTag {
		ops := make([]*Operation, len(list))
		for i, n := range list {
			ops[i] = &f.ops[n]
		}
		makeGroups(ops)
	}
}

// byTag groups operations by their first tag; those without a tag come last.
func (f *Form) byTag(operations []int) (tags []string, byTag map[string][]int) {
	byTag = map[string][]int{}
	for _, i := range operations {
		tag := ""
		if len(f.ops[i].Tags) > 0 {
			tag = f.ops[i].Tags[0]
		}
		byTag[tag] = append(byTag[tag], i)
	}
	tags = slices.Sorted(maps.Keys(byTag))
	if len(tags) > 0 && tags[0] == "" {
		tags = append(tags[1:], "")
	}
	return tags, byTag
}

// tagName returns a tag as the head of a group shows it.
func tagName(tag string) string {
	if tag == "" {
		return "(no tag)"
	}
	return lineText(tag)
}

// note explains the conventions of the lines to a reader without the manual.
const note = "note: the path of an indented line follows the path above it, and ~ in its id stands for the text after ~=; " +
	"\"all\" is true of each operation that does not say otherwise (-x: without x); " +
	"a name without a type is a string; x? is optional; sent: all requests had it; " +
	"an answer without a status is 200; form is application/x-www-form-urlencoded\n"

// header returns the lines about the document.
func (f *Form) header() string {
	var b strings.Builder
	info := get(f.root, "info")
	b.WriteString("api " + quote(text(info["title"])) + " " + lineText(text(info["version"])) + "\n" + note)
	for _, s := range items(f.root["servers"]) {
		b.WriteString("server " + serverURL(s) + "\n")
	}
	schemes := get(f.root, "components", "securitySchemes")
	for _, name := range slices.Sorted(maps.Keys(schemes)) {
		s, _ := f.resolve(schemes[name])
		b.WriteString("auth " + identifier(name) + " = " + scheme(s) + "\n")
	}
	return b.String()
}

// scheme describes a security scheme.
func scheme(s object) string {
	parts := []string{text(s["type"])}
	switch parts[0] {
	case "http":
		parts = append(parts, text(s["scheme"]))
		if format := text(s["bearerFormat"]); format != "" {
			parts = append(parts, format)
		}
	case "apiKey":
		parts = append(parts, text(s["in"]), text(s["name"]))
	case "openIdConnect":
		parts = append(parts, text(s["openIdConnectUrl"]))
	case "oauth2":
		flows := get(s, "flows")
		for _, flow := range slices.Sorted(maps.Keys(flows)) {
			parts = append(parts, flow)
			for _, member := range []string{"authorizationUrl", "tokenUrl"} {
				if u := text(get(flows, flow)[member]); u != "" {
					parts = append(parts, u)
				}
			}
		}
	}
	return lineText(strings.Join(parts, " "))
}
