package spectools

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
)

// readParameters interprets the arguments that are parameters. A parameter may have the name that
// the document gives it, such as page[size] (JSON:API). A required one that is missing gets its
// default, such as the header with the version of Klaviyo. A value of another type that is equal in
// a URL or header is converted to a type of the schema: an integer to its text, and a text to the
// items of a list.
func (op *operation) readParameters(schema any, args *orderedjson.Object) {
	for _, p := range op.Parameters {
		v, given := args.Get(p.Argument)
		if own, has := args.Get(p.Name); !given && has && op.isOwnName(p) {
			v, given = own, true
			args.Delete(p.Name)
			args.Set(p.Argument, v)
		}
		if !given {
			if p.Default != nil {
				args.Set(p.Argument, p.Default)
			}
			continue
		}
		if p.ContentType != "" {
			continue
		}
		types := typesAt(schema, p.Argument)
		switch v := v.(type) {
		case json.Number:
			if slices.Contains(types, "string") && !slices.ContainsFunc(types, isOf(v)) && strings.Trim(string(v), "-0123456789") == "" {
				args.Set(p.Argument, string(v))
			}
		case string:
			if slices.Contains(types, "array") && !slices.Contains(types, "string") && v != "" && !strings.HasPrefix(v, "[") {
				args.Set(p.Argument, p.Items(v))
			}
		}
	}
}

// isOwnName reports whether the name of a parameter, which is not that of its argument, can mean
// nothing else.
func (op *operation) isOwnName(p *serialize.Parameter) bool {
	means := 0
	for _, other := range op.Parameters {
		if other.Name == p.Name || other.Argument == p.Name {
			means++
		}
	}
	_, isMember := slices.BinarySearch(op.bodyMembers, p.Name)
	return means == 1 && !isMember && p.Name != serialize.BodyArgument && p.Name != serialize.ContentTypeArgument
}

// sentByDefault returns the value to send for a required parameter without a value from the caller:
// the default of its schema, or the only value that it allows, or nil.
func sentByDefault(p *serialize.Parameter) any {
	if !p.Required || p.Schema == nil || p.Schema.Value == nil {
		return nil
	}
	s := p.Schema.Value
	v := openapi.ExactOr(s, "default", s.Default)
	if v == nil {
		v = onlyValue(p.Schema)
	}
	v, _ = shortDefault(v)
	return v
}
