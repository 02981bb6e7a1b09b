package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/schema"
)

// This file knows the bodies of the standards for changes to JSON documents: JSON Patch and
// JSON Merge Patch.

// jsonPatchType is the media type of a JSON Patch (RFC 6902), whose form no API decides.
const jsonPatchType = "application/json-patch+json"

// isJSONPatch reports whether bodies are lists of operations on strings op and path, with nothing
// that the standard does not know.
func isJSONPatch(facts *schema.Facts) bool {
	if facts == nil || facts.Exchanges() == 0 {
		return false
	}
	d := schema.Decide([]schema.Body{{Key: jsonPatchType, Role: schema.Request, Method: "PATCH", Facts: facts}}, schema.Policy{})
	components := schema.ByName(d.Components)
	list := schema.Follow(d.Schemas[0], components)
	if list == nil || list.Kind != schema.Array || list.Nullable {
		return false
	}
	item := schema.Follow(list.Items, components)
	if item == nil || item.Kind != schema.Object || item.Nullable {
		return false
	}
	texts := 0
	for _, p := range item.Properties {
		switch p.Name {
		case "op", "path":
			if p.Schema.Kind == schema.String && !p.Schema.Nullable {
				texts++
			}
		case "from", "value":
		default:
			return false
		}
	}
	return texts == 2
}

// jsonPatchSchema returns the schema of a JSON Patch, a list of operations. The value of an
// operation has any schema, since it depends on the path in the patched document.
func jsonPatchSchema() *schema.Schema {
	text := func(description string) *schema.Schema {
		return &schema.Schema{Kind: schema.String, Description: description}
	}
	return &schema.Schema{Kind: schema.Array, Description: "A JSON Patch (RFC 6902).",
		Items: &schema.Schema{Kind: schema.Object, Properties: []schema.Property{
			{Name: "from", Schema: text("A JSON Pointer to what is moved or copied.")},
			{Name: "op", Required: true, Schema: &schema.Schema{Kind: schema.String,
				Enum: []string{"add", "copy", "move", "remove", "replace", "test"}}},
			{Name: "path", Required: true, Schema: text("A JSON Pointer to what is changed.")},
			{Name: "value", Schema: &schema.Schema{Description: "The value to add, set or compare."}},
		}}}
}

// Conditions under which all operations that take patches take those of one media type.
const (
	minOperations = 3  // that take the type
	minPatchShare = .5 // of the operations that take patches of any type
	// minBoth is how many operations take the type and another one: these are no alternatives, and
	// minPatchShare need not hold.
	minBoth = 2
)

// isPatchType reports whether a media type is one of patches, such as application/merge-patch+json.
func isPatchType(mediaType string) bool { return strings.Contains(mediaType, "patch+") }

// sharedPatchTypes returns the media types of patches, sorted, that all operations take that take
// any: servers apply patches in one place. operations holds the media types of the bodies of each.
func sharedPatchTypes(operations [][]string) (shared []string) {
	count, both, all := map[string]int{}, map[string]int{}, 0
	for _, types := range operations {
		if !slices.ContainsFunc(types, isPatchType) {
			continue
		}
		all++
		for _, t := range types {
			count[t]++
			isOther := func(u string) bool { return u != t && isPatchType(u) }
			if slices.ContainsFunc(types, isOther) {
				both[t]++
			}
		}
	}
	for t, n := range count {
		isShared := float64(n) >= minPatchShare*float64(all) || both[t] >= minBoth
		if isPatchType(t) && n >= minOperations && isShared {
			shared = append(shared, t)
		}
	}
	slices.Sort(shared)
	return shared
}

// patchSchemaLike returns the schema of a patch of one media type, given that of a patch of another
// one for the same resource. A patch that is no JSON Patch is like a merge patch.
func patchSchemaLike(mediaType, otherType string, other *schema.Schema) *schema.Schema {
	switch {
	case mediaType == jsonPatchType:
		return jsonPatchSchema()
	case otherType == jsonPatchType || other == nil:
		return &schema.Schema{Kind: schema.Object}
	}
	own := *other
	return &own
}
