package spectools

import (
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// gatherBody puts arguments that are members of the body into it. It changes nothing if the body is
// given as well. What it gathers is checked, confirmed and sent as if it had come in requestBody.
func (op *operation) gatherBody(args *orderedjson.Object) {
	if op.prepare() != nil {
		return
	}
	if _, given := args.Get(serialize.BodyArgument); given {
		return
	}
	body := orderedjson.New()
	for _, name := range slices.Clone(args.Names()) {
		if _, isMember := slices.BinarySearch(op.bodyMembers, name); isMember {
			body.Set(name, args.Value(name))
			args.Delete(name)
		}
	}
	if body.Len() > 0 {
		args.Set(serialize.BodyArgument, body)
	}
}

// judgedArguments returns the arguments as the call uses them, for the policy: with the members of
// the body in it. Arguments that cannot be read are returned as they are: the call refuses them.
func (op *operation) judgedArguments(raw []byte) any {
	if v, err := orderedjson.Decode(raw); err == nil {
		if args, ok := v.(*orderedjson.Object); ok {
			if op.mayBeHeld {
				args.Delete(confirmedArgument)
			}
			op.gatherBody(args)
			raw = orderedjson.Encode(args)
		}
	}
	return jsonvalue.Decode(raw)
}

// bodyMembers returns the members of the body that may be given as arguments, sorted: none if one
// of them has the name of an argument, because it would not be clear which of the two is meant.
func bodyMembers(schema any) []string {
	members := propertyNames(schema, serialize.BodyArgument)
	arguments := propertyNames(schema)
	isArgument := func(name string) bool { return slices.Contains(arguments, name) || name == confirmedArgument }
	if slices.ContainsFunc(members, isArgument) {
		return nil
	}
	return members
}

// maxSchemaDepth bounds how many schemas within each other are searched for properties.
const maxSchemaDepth = 16

// propertyNames returns the names of the properties of objects that a schema describes, sorted:
// those of the whole, or of the property that a path names.
func propertyNames(root any, path ...string) []string {
	names := map[string]any{}
	w := schemaWalk{root: root, seen: map[string]bool{}}
	w.visit(root, path, 0, func(s map[string]any) {
		properties, _ := s["properties"].(map[string]any)
		maps.Copy(names, properties)
	})
	return slices.Sorted(maps.Keys(names))
}

// schemaWalk visits the schemas that apply to a value, each alternative being one.
type schemaWalk struct {
	root any
	seen map[string]bool // references that were followed, so that each is followed once
}

// visit calls f with the schemas at a path of properties below v.
func (w *schemaWalk) visit(v any, path []string, depth int, f func(map[string]any)) {
	s, ok := v.(map[string]any)
	if !ok || depth > maxSchemaDepth {
		return
	}
	if len(path) == 0 {
		f(s)
	} else if properties, ok := s["properties"].(map[string]any); ok {
		w.visit(properties[path[0]], path[1:], depth+1, f)
	}
	if ref, ok := s["$ref"].(string); ok && !w.seen[ref] {
		w.seen[ref] = true
		w.visit(definition(w.root, ref), path, depth+1, f)
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		branches, _ := s[keyword].([]any)
		for _, b := range branches {
			w.visit(b, path, depth+1, f)
		}
	}
}

// definition returns the definition of a schema that a reference names; nil if there is none.
func definition(root any, ref string) any {
	name, ok := strings.CutPrefix(ref, "#/$defs/")
	r, isObject := root.(map[string]any)
	if !ok || !isObject {
		return nil
	}
	defs, _ := r["$defs"].(map[string]any)
	return defs[name]
}
