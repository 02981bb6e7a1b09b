package jsonschema

import "slices"

// Dialect is the variant of JSON Schema that a document is written in.
type Dialect uint8

// The dialects.
const (
	// Draft202012 is JSON Schema 2020-12, also the dialect of OpenAPI 3.1. It has no keyword
	// nullable: a schema that admits null names it in type.
	Draft202012 Dialect = iota
	// OpenAPI30 is the dialect of OpenAPI 3.0 and of 2.0 documents that were converted to it. It
	// adds nullable.
	OpenAPI30
)

// Convert rewrites one schema object of the dialect as JSON Schema 2020-12. It may change schema,
// does not descend into subschemas, and returns the schema to use in its place.
//
// Booleans under exclusiveMinimum and exclusiveMaximum are converted in every dialect: documents of
// OpenAPI 3.1 have them too, where they would make the schema invalid. An enum without values is
// not valid in OpenAPI 3.0, and has no effect there.
func (d Dialect) Convert(schema map[string]any) any {
	convertExclusive(schema, "minimum", "exclusiveMinimum")
	convertExclusive(schema, "maximum", "exclusiveMaximum")
	isNullable := schema["nullable"] == true
	delete(schema, "nullable")
	if enum, ok := schema["enum"].([]any); ok && len(enum) == 0 && d == OpenAPI30 {
		delete(schema, "enum")
	}
	if d != OpenAPI30 || !isNullable {
		return schema
	}
	return nullable(schema)
}

// convertExclusive turns a bound with a sibling boolean "exclusive" into an exclusive bound.
func convertExclusive(schema map[string]any, bound, exclusive string) {
	isExclusive, ok := schema[exclusive].(bool)
	if !ok {
		return
	}
	delete(schema, exclusive)
	if limit, ok := schema[bound]; ok && isExclusive {
		delete(schema, bound)
		schema[exclusive] = limit
	}
}

// nullable admits null in addition to the values of schema. OpenAPI 3.0.3 defines nullable only
// together with a type, and wants null in an enum, too; documents and tools in use read it as "or
// null" everywhere.
func nullable(schema map[string]any) any {
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, nil) {
		schema["enum"] = append(enum, nil)
	}
	if name, ok := schema["type"].(string); ok {
		schema["type"] = []any{name, "null"}
	}
	for _, key := range [...]string{"allOf", "anyOf", "oneOf", "not", "const"} {
		if _, ok := schema[key]; ok {
			return map[string]any{"anyOf": []any{schema, map[string]any{"type": "null"}}}
		}
	}
	return schema
}
