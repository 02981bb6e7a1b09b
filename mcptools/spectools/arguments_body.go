package spectools

import (
	"slices"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/spectools/argschema"
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
	members := argschema.Properties(schema, serialize.BodyArgument)
	arguments := argschema.Properties(schema)
	isArgument := func(name string) bool { return slices.Contains(arguments, name) || name == confirmedArgument }
	if slices.ContainsFunc(members, isArgument) {
		return nil
	}
	return members
}
