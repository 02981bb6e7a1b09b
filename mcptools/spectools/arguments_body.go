package spectools

import (
	"net/http"
	"slices"

	"github.com/spectap/spectap/internal/jsonvalue"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// read changes arguments to what they mean: members of the body, given as arguments, become the
// body, and values that the schema does not allow are read by [readValues]. What it returns is
// checked, confirmed and sent as if it had come so.
func (op *operation) read(args *orderedjson.Object) {
	if op.prepare() != nil {
		return
	}
	v, _ := op.variantFor(args)
	readValues(v.schema, false, args)
	if _, given := args.Get(serialize.BodyArgument); !given {
		op.gatherBody(args)
	}
	if body, ok := args.Value(serialize.BodyArgument).(*orderedjson.Object); ok {
		// In a patch, null may remove a member (RFC 7396).
		readValues(v.schema, op.Method == http.MethodPatch, body, serialize.BodyArgument)
	}
}

// readValues changes arguments that the schema does not allow, because some clients send null for
// what is not given, and write arrays and objects as text: null for one that is not required is
// absent, unless keepNull; a text that is the JSON of an allowed value is that value. path is where
// the arguments are in the schema.
func readValues(schema any, keepNull bool, args *orderedjson.Object, path ...string) {
	required := requiredNames(schema, path...)
	for _, name := range slices.Clone(args.Names()) {
		v := args.Value(name)
		text, isText := v.(string)
		if v != nil && !isText || name == confirmedArgument {
			continue
		}
		types := typesAt(schema, append(path, name)...)
		if len(types) == 0 || slices.Contains(types, jsonTypeOf(v)) {
			continue
		}
		if v == nil && !keepNull && !required[name] {
			args.Delete(name)
		} else if read, err := orderedjson.Decode([]byte(text)); err == nil && slices.ContainsFunc(types, isOf(read)) {
			args.Set(name, read)
		}
	}
}

// isOf returns a function that reports whether v is of a type.
func isOf(v any) func(string) bool {
	kind := jsonTypeOf(v)
	return func(typ string) bool { return typ == kind || typ == "number" && kind == "integer" }
}

// gatherBody puts arguments that are members of the body into it.
func (op *operation) gatherBody(args *orderedjson.Object) {
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

// judgedArguments returns the arguments as the call uses them, for the policy. Arguments that
// cannot be read are returned as they are: the call refuses them.
func (op *operation) judgedArguments(raw []byte) any {
	if v, err := orderedjson.Decode(raw); err == nil {
		if args, ok := v.(*orderedjson.Object); ok {
			if op.mayBeHeld {
				args.Delete(confirmedArgument)
			}
			op.read(args)
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
