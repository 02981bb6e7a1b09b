package spectools

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// Most APIs ignore members that they do not know, and most documents do not forbid them: a call
// with {"complete": true}, or without the envelope that the body of Asana, Square and JSON:API has,
// would change nothing and report success. So undeclared members are reported.

// Bounds of the search for members.
const (
	maxUndeclared = 5    // members that are named
	maxObjects    = 1000 // objects of a body or of its schema
)

// objectSchema is the part of a schema about the members of an object.
type objectSchema struct {
	members  map[string][]any // their schemas
	required map[string]bool
	items    []any // schemas of items, should the value be a list
	isOpen   bool  // other members have a meaning, too
}

// objectOf returns what the schemas of a value say of the members of it, or of the property that a
// path names. seen has the references that were followed.
func objectOf(root any, schemas []any, seen map[string]bool, path ...string) objectSchema {
	o := objectSchema{members: map[string][]any{}, required: map[string]bool{}}
	w := schemaWalk{root: root, seen: seen}
	for _, schema := range schemas {
		w.visit(schema, path, 0, func(s map[string]any) {
			for _, keyword := range []string{"additionalProperties", "patternProperties", "unevaluatedProperties", "if", "dependentSchemas"} {
				v, has := s[keyword]
				o.isOpen = o.isOpen || has && v != false
			}
			properties, _ := s["properties"].(map[string]any)
			for name, p := range properties {
				o.members[name] = append(o.members[name], p)
			}
			required, _ := s["required"].([]any)
			for _, name := range required {
				text, _ := name.(string)
				o.required[text] = true
			}
			if items, has := s["items"]; has {
				o.items = append(o.items, items)
			}
		})
	}
	o.isOpen = o.isOpen || len(o.members) == 0
	return o
}

// undeclared says which members of arguments, mostly of the body, the document does not declare.
func (op *operation) undeclared(args *orderedjson.Object) (texts []string) {
	if op.prepare() != nil {
		return nil
	}
	left, all := maxObjects, 0
	var visit func(v any, schemas []any, at string)
	visit = func(v any, schemas []any, at string) {
		if left--; left < 0 {
			return
		}
		switch v := v.(type) {
		case *orderedjson.Object:
			o := objectOf(op.schema, schemas, map[string]bool{})
			for _, name := range v.Names() {
				if inner := o.members[name]; inner != nil {
					visit(v.Value(name), inner, strings.TrimPrefix(at+"."+name, "."))
				} else if !o.isOpen {
					if all++; all <= maxUndeclared {
						texts = append(texts, op.undeclaredText(name, at, slices.Sorted(maps.Keys(o.members))))
					}
				}
			}
		case []any:
			o := objectOf(op.schema, schemas, map[string]bool{})
			for i, e := range v {
				visit(e, o.items, at+"["+strconv.Itoa(i)+"]")
			}
		}
	}
	v, _ := op.variantFor(args)
	visit(args, []any{v.schema}, "") // whose own members are checked
	if all > maxUndeclared {
		texts = append(texts, fmt.Sprintf("and %d more", all-maxUndeclared))
	}
	return texts
}

func (op *operation) undeclaredText(name, at string, known []string) string {
	text := fmt.Sprintf("%s of %s is not declared by the document", guard.Excerpt(name, 60), guard.Excerpt(at, 120))
	if near := spelling.Nearest(name, known); near != "" {
		return text + ": did you mean " + near + "?"
	}
	if path, _ := op.holder([]string{name}); len(path) > 0 {
		return text + ": it is a member of " + strings.Join(path, ".")
	}
	return text
}

// holder returns the path to the object in the body that declares the most of some names, and those
// that it declares: of several the nearest, required ones first.
func (op *operation) holder(names []string) (path, held []string) {
	type place struct {
		schemas []any
		path    []string
	}
	seen := map[string]bool{}
	body := objectOf(op.schema, []any{op.schema}, seen)
	queue := []place{{schemas: body.members[serialize.BodyArgument]}}
	for n := 0; n < len(queue) && n < maxObjects && len(held) < len(names); n++ {
		o := objectOf(op.schema, queue[n].schemas, seen)
		found := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return o.members[name] == nil })
		if len(found) > len(held) {
			path, held = queue[n].path, found
		}
		for _, required := range []bool{true, false} {
			for _, name := range slices.Sorted(maps.Keys(o.members)) {
				if o.required[name] == required {
					queue = append(queue, place{o.members[name], append(slices.Clip(queue[n].path), name)})
				}
			}
		}
	}
	return path, held
}

// placed returns problems in which arguments that belong deeper in the body say where.
func (op *operation) placed(args *orderedjson.Object, problems []jsonschema.Problem) []jsonschema.Problem {
	var names []string
	for _, p := range problems {
		if _, given := args.Get(p.Field); given && p.Kind == jsonschema.UnknownMember {
			names = append(names, p.Field)
		}
	}
	path, held := op.holder(names)
	if len(path) == 0 {
		return belongIn(problems, serialize.BodyArgument, held)
	}
	out := belongIn(problems, strings.Join(path, "."), held)
	first := slices.IndexFunc(out, func(p jsonschema.Problem) bool { return slices.Contains(held, p.Field) })
	out[first].Reason += ": did you mean " + op.nested(args, path, held) + "?"
	return out
}

// misplaced says that the body has nothing that the document declares, and that a member of it
// would hold all that it has; nil otherwise.
func (op *operation) misplaced(args *orderedjson.Object) []jsonschema.Problem {
	body, ok := args.Value(serialize.BodyArgument).(*orderedjson.Object)
	if !ok || body.Len() == 0 {
		return nil
	}
	v, _ := op.variantFor(args)
	o := objectOf(op.schema, []any{v.schema}, map[string]bool{}, serialize.BodyArgument)
	if o.isOpen || slices.ContainsFunc(body.Names(), func(name string) bool { return o.members[name] != nil }) {
		return nil
	}
	path, held := op.holder(body.Names())
	if len(path) == 0 || len(held) < body.Len() {
		return nil
	}
	reason := "has no member that the document declares: did you mean " + op.nested(body, path, held) + "?"
	return []jsonschema.Problem{{Field: serialize.BodyArgument, Reason: reason}}
}

// maxProposed limits the values in a proposed call, in bytes.
const maxProposed = 200

// nested returns members of an object as an argument that has them below a path of the body.
func (op *operation) nested(from *orderedjson.Object, path, names []string) string {
	inner := orderedjson.New()
	for _, name := range names {
		inner.Set(name, from.Value(name))
	}
	if len(orderedjson.Encode(inner)) > maxProposed {
		for _, name := range names {
			inner.Set(name, "…")
		}
	}
	if _, isArgument := slices.BinarySearch(op.bodyMembers, path[0]); !isArgument {
		path = slices.Insert(slices.Clone(path), 0, serialize.BodyArgument)
	}
	for _, name := range slices.Backward(path) {
		outer := orderedjson.New()
		outer.Set(name, inner)
		inner = outer
	}
	return guard.Excerpt(string(orderedjson.Encode(inner)), 2*maxProposed)
}
