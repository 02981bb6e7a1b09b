package lint_test

import (
	"maps"
	"slices"
	"strings"
)

// Patterns of the places of objects.
const (
	root          = "."
	operations    = "paths/*/@"
	parameters    = "paths/*/@/parameters/* paths/*/parameters/* components/parameters/* parameters/*"
	responses     = "paths/*/@/responses/* components/responses/* responses/*"
	responseLists = "paths/*/@/responses"
	bodies        = "paths/*/@/requestBody components/requestBodies/*"
	contents      = "paths/*/@/requestBody/content paths/*/@/responses/*/content components/responses/*/content components/requestBodies/*/content"
	headers       = "paths/*/@/responses/*/headers/* components/headers/*"
	schemes       = "components/securitySchemes/* securityDefinitions/*"
	schemas       = "components/schemas/*/** definitions/*/** paths/*/@/parameters/*/schema/** paths/*/@/requestBody/content/*/schema/** paths/*/@/responses/*/content/*/schema/**"
	examples      = "components/examples/* paths/*/@/requestBody/content/*/examples/*"
	servers       = "servers/* paths/*/@/servers/*"
	links         = "paths/*/@/responses/*/links/* components/links/*"
)

// mutations are the mistakes that people and programs make in documents.
var mutations = slices.Concat(missing(), wrongTypes(), unknownMembers(), wrongKeys(), wrongParameters(), wrongReferences(),
	wrongSecurity(), wrongSchemas(), contradictions())

// object returns v as an object that is no reference.
func object(v any) (map[string]any, bool) {
	m, ok := v.(map[string]any)
	return m, ok && m["$ref"] == nil
}

// edit makes a change of an object that is no reference.
func edit(name, where string, change func(m map[string]any) bool) mutation {
	return mutation{name, where, func(v any, _ func(any)) bool {
		m, ok := object(v)
		return ok && change(m)
	}}
}

// set sets a member of objects that have all of the members in has.
func set(where, key string, value any, has ...string) mutation {
	name := "set " + key + " of " + strings.TrimSuffix(strings.Fields(where)[0], "/*")
	return edit(name, where, func(m map[string]any) bool {
		for _, k := range has {
			if m[k] == nil {
				return false
			}
		}
		m[key] = value
		return true
	})
}

// replace replaces values.
func replace(where string, value any) mutation {
	return mutation{"replace " + strings.Fields(where)[0], where, func(v any, put func(any)) bool {
		put(value)
		return true
	}}
}

func without(where string, keys ...string) []mutation {
	var out []mutation
	for _, key := range keys {
		out = append(out, edit("no "+key+" in "+strings.Fields(where)[0], where, func(m map[string]any) bool {
			_, has := m[key]
			delete(m, key)
			return has
		}))
	}
	return out
}

// rename renames a key of the object.
func rename(where, from, to string) mutation {
	return edit("rename "+from+" to "+to, where, func(m map[string]any) bool {
		if from == "*" && len(m) > 0 {
			from := slices.Sorted(maps.Keys(m))[0]
			m[to] = m[from]
			delete(m, from)
			return from != to
		}
		v, has := m[from]
		delete(m, from)
		m[to] = v
		return has
	})
}

// missing leaves out required members.
func missing() []mutation {
	return slices.Concat(
		without(root, "openapi", "swagger", "info", "paths"), without("info", "title", "version"), without("info/license", "name"),
		without(operations, "responses"), without(responses, "description"), without(parameters, "name", "in", "schema", "type"),
		without(bodies, "content"), without(schemes, "type", "name", "in", "scheme", "flows", "openIdConnectUrl", "scopes", "tokenUrl", "authorizationUrl", "flow"),
		without("components/securitySchemes/*/flows/*", "scopes", "tokenUrl", "authorizationUrl"),
		without(servers, "url"), without("servers/*/variables/*", "default"), without("tags/*", "name"),
		without("externalDocs paths/*/@/externalDocs tags/*/externalDocs components/schemas/*/externalDocs", "url"),
		without("components/schemas/*/discriminator", "propertyName"), without(headers, "schema", "type"),
	)
}

// wrongTypes gives members a value of another type.
func wrongTypes() []mutation {
	out := []mutation{
		set(root, "openapi", 3.0, "openapi"), set(root, "openapi", "4.0.0", "openapi"), set(root, "swagger", 2, "swagger"),
		set(root, "info", "text"), set("info", "title", 1), set("info", "version", []any{1}), set("info", "contact", "me"), set("info/license", "name", 5),
		set(root, "tags", map[string]any{"a": 1}), set(root, "tags", []any{"orders"}), set(root, "servers", map[string]any{}, "openapi"), set(root, "servers", []any{"https://example.com"}, "openapi"),
		set(root, "security", map[string]any{"key": []any{}}), set(root, "security", []any{"key"}), set(root, "paths", []any{}), set(root, "components", []any{}, "openapi"),
		set(root, "externalDocs", "https://example.com"), set(root, "host", 5, "swagger"), set(root, "consumes", "application/json", "swagger"), set(root, "schemes", []any{"htp"}, "swagger"),
		set(operations, "summary", 1), set(operations, "description", []any{}), set(operations, "operationId", 7), set(operations, "tags", "orders"),
		set(operations, "tags", []any{3}), set(operations, "deprecated", "no"), set(operations, "parameters", map[string]any{}), set(operations, "parameters", []any{"x"}),
		set(operations, "responses", []any{}), set(operations, "responses", "ok"), set(operations, "security", map[string]any{}), set(operations, "servers", map[string]any{"url": "/"}),
		set(operations, "callbacks", []any{}), set(operations, "externalDocs", "https://example.com"), set(operations, "requestBody", "x"), set(operations, "requestBody", []any{}),
		set(parameters, "required", "yes"), set(parameters, "name", 5), set(parameters, "description", 5), set(parameters, "deprecated", 1),
		set(parameters, "schema", []any{}, "schema"), set(parameters, "schema", "string", "schema"), set(parameters, "explode", "no", "schema"), set(parameters, "examples", []any{}, "schema"),
		set(parameters, "type", 5, "type"), set(parameters, "minimum", "1", "type"), set(parameters, "enum", "a", "type"), set(parameters, "maxLength", -1, "type"),
		set(responses, "description", 5), set(responses, "content", []any{}), set(responses, "headers", []any{}), set(responses, "links", []any{}),
		set(bodies, "required", "yes"), set(bodies, "description", 3), set(bodies, "content", []any{}), set(contents, "application/json", "x"), set(contents, "application/json", []any{}),
		set("paths/*/@/requestBody/content/* paths/*/@/responses/*/content/*", "schema", "string"), set("paths/*/@/requestBody/content/* paths/*/@/responses/*/content/*", "schema", []any{}),
		set("paths/*/@/requestBody/content/*", "encoding", []any{}), set("paths/*/@/requestBody/content/*/encoding/*", "explode", "x"), set("paths/*/@/requestBody/content/*/encoding/*", "contentType", 5),
		set(headers, "description", 5), set(headers, "required", "yes"), set(headers, "schema", 5), set(servers, "url", 5), set(servers, "variables", []any{}),
		set("servers/*/variables/*", "enum", "eu"), set("servers/*/variables/*", "default", 5), set("servers/*/variables/*", "enum", []any{}),
		set(schemes, "description", 5), set(schemes, "flows", []any{}, "flows"), set("components/securitySchemes/*/flows/*", "scopes", []any{}), set("components/securitySchemes/*/flows/*", "tokenUrl", 5, "tokenUrl"),
		set(links, "parameters", []any{}), set(links, "operationId", 5), set(links, "server", "x"), set(examples, "summary", 5), set(examples, "externalValue", 5),
		set("tags/*", "name", 5), set("tags/*", "description", 5), set("tags/*", "externalDocs", "x"), replace("paths/*", "x"), replace("paths/*", []any{}), replace(operations, []any{}), replace(operations, "x"),
		replace(parameters, "x"), replace(responses, "ok"), replace(responses, []any{}), replace(headers, "x"), replace("components/schemas/* definitions/*", "x"), replace("components/schemas/* definitions/*", []any{}),
		replace("components/parameters components/schemas components/responses components/securitySchemes", []any{}), replace("components/securitySchemes/*", "x"), replace("components/examples/*", 5), replace("components/links/*", "x"),
		replace(operations+"/callbacks/*", "x"), replace(operations+"/callbacks/*/*", "x"), replace("webhooks/*", "x"), replace("paths/*/parameters", map[string]any{}), set("paths/*", "summary", 5), set("paths/*", "servers", "x"),
		replace("paths/*", nil), replace(operations, nil), replace(responses, nil), replace(parameters, nil), replace("components/schemas/* definitions/*", nil), replace(contents, nil),
	}
	return out
}

// unknownMembers adds members that no object has.
func unknownMembers() []mutation {
	var out []mutation
	for _, where := range []string{
		root, "info", "info/contact", "info/license", "tags/*", "externalDocs", operations, parameters, responses, bodies, "paths/*",
		"paths/*/@/requestBody/content/* paths/*/@/responses/*/content/*", "paths/*/@/requestBody/content/*/encoding/*", headers, servers, "servers/*/variables/*", schemes,
		"components/securitySchemes/*/flows", "components/securitySchemes/*/flows/*", links, examples, "components", "components/schemas/*/discriminator", "components/schemas/*/xml definitions/*/xml",
	} {
		out = append(out, set(where, "foo", "bar"), set(where, "requred", true))
	}
	return append(out,
		set("paths/*", "gett", map[string]any{"responses": map[string]any{"200": map[string]any{"description": "ok"}}}), rename("paths/*", "get", "GET"), rename("paths/*", "get", "copy"),
		set(responses, "schema", map[string]any{"type": "string"}), set(operations, "consumes", []any{"application/json"}), set(root, "definitions", map[string]any{}, "openapi"),
		set(root, "host", "example.com", "openapi"), set(root, "components", map[string]any{}, "swagger"), set(parameters, "type", "string", "schema"), set(headers, "name", "X"), set(headers, "in", "header"),
		set("components/schemas/* definitions/*", "typ", "object"), set("components/schemas/* definitions/*", "optional", true))
}

// wrongKeys changes keys that have a form.
func wrongKeys() []mutation {
	var out []mutation
	for _, key := range []string{"20x", "6XX", "600", "99", "2xX", "xXX", "OK", "20", "2000", "success", " 200", "Default", "0200", "2XX ", "1.5", "-200", "4xx", "2**", "200-299", "X-200"} {
		out = append(out, rename(responseLists, "*", key))
	}
	for _, section := range []string{"schemas", "parameters", "responses", "securitySchemes", "headers", "examples", "links", "callbacks", "requestBodies"} {
		for _, key := range []string{"My Name", "a/b", "ä", ""} {
			out = append(out, rename("components/"+section, "*", key))
		}
	}
	return append(out, rename("paths", "*", "orders"), rename("paths", "*", ""), rename("paths", "*", "http://example.com/a"), rename("components", "schemas", "models"), rename("components", "securitySchemes", "security"))
}

// wrongParameters breaks the rules of parameters.
func wrongParameters() []mutation {
	path := func(name string, change func(m map[string]any) bool) mutation {
		return edit(name, parameters, func(m map[string]any) bool { return m["in"] == "path" && change(m) })
	}
	in := func(in, key string, value any) mutation {
		return edit("set "+key+" in "+in, parameters, func(m map[string]any) bool {
			m[key] = value
			return m["in"] == in
		})
	}
	list := func(name string, change func(l []any) []any) mutation {
		return mutation{name, operations + "/parameters paths/*/parameters", func(v any, put func(any)) bool {
			l, ok := v.([]any)
			if !ok || len(l) == 0 {
				return false
			}
			put(change(l))
			return true
		}}
	}
	out := []mutation{
		path("path parameter is optional", func(m map[string]any) bool { m["required"] = false; return true }),
		path("path parameter does not say required", func(m map[string]any) bool { delete(m, "required"); return true }),
		path("path parameter is renamed", func(m map[string]any) bool { m["name"] = "other"; return true }),
		path("path parameter is in the query", func(m map[string]any) bool { m["in"] = "query"; return true }),
		path("path parameter is named empty", func(m map[string]any) bool { m["name"] = ""; return true }),
		edit("parameter is in the path", parameters, func(m map[string]any) bool {
			was := m["in"]
			m["in"], m["required"] = "path", true
			return was == "query"
		}),
		list("parameter twice", func(l []any) []any { return append(l, l[0]) }),
		list("path parameters left out", func(l []any) []any {
			return slices.DeleteFunc(l, func(p any) bool { m, _ := object(p); return m["in"] == "path" })
		}),
		list("parameter null", func(l []any) []any { return append(l, nil) }),
		{"template without its parameter", "paths", func(v any, put func(any)) bool {
			m, _ := object(v)
			k := slices.Sorted(maps.Keys(m))[0]
			m[k+"/{missing}"] = m[k]
			delete(m, k)
			return true
		}},
		{"unbalanced brace", "paths", func(v any, put func(any)) bool {
			m, _ := object(v)
			k := slices.Sorted(maps.Keys(m))[0]
			m[k+"/{id"] = m[k]
			delete(m, k)
			return true
		}},
		set(parameters, "content", map[string]any{"application/json": map[string]any{}}, "schema"), set(parameters, "example", 1, "examples"), set(parameters, "in", []any{"query"}), set(parameters, "in", 5),
		edit("content with two media types", parameters, func(m map[string]any) bool {
			c, ok := object(m["content"])
			if ok {
				c["text/plain"] = map[string]any{}
			}
			return ok
		}),
		edit("content without media types", parameters, func(m map[string]any) bool { has := m["content"] != nil; m["content"] = map[string]any{}; return has }),
		in("header", "style", "form"), in("header", "style", "deepObject"), in("cookie", "style", "simple"), in("path", "style", "form"), in("path", "style", "spaceDelimited"), in("query", "style", "matrix"),
		in("query", "style", "label"), in("query", "style", "csv"), in("query", "style", "simple"), in("query", "style", 5), in("query", "allowReserved", "yes"), in("query", "allowEmptyValue", "yes"), in("path", "collectionFormat", "multi"),
		in("query", "collectionFormat", "json"), in("header", "collectionFormat", "multi"), in("query", "type", "object"), in("query", "type", "file"), in("query", "type", "array"), in("formData", "type", "strin"),
		in("body", "name", 5), in("body", "type", "string"), in("formData", "in", "body"), in("body", "in", "formData"), in("query", "items", "string"),
	}
	for _, v := range []string{"body", "formData", "querry", "Header", "", "url"} {
		out = append(out, edit("in "+v, parameters, func(m map[string]any) bool { was := m["in"]; m["in"] = v; return was != v && was != "path" }))
	}
	return out
}

// wrongReferences breaks references.
func wrongReferences() []mutation {
	var out []mutation
	for _, ref := range []any{"#/components/schemas/Missing", "#/definitions/Missing", "#/components/responses/Missing", "#/components", "missing.yaml#/A", "Order", "", 5, nil, []any{}, "#/info/title", "#/components/schemas/Order/properties/missing"} {
		m := replace("paths/*/@/responses/*/content/*/schema paths/*/@/responses/*/schema components/schemas/*/properties/* definitions/*/properties/*", map[string]any{"$ref": ref})
		p := replace(parameters, map[string]any{"$ref": ref})
		r := replace(responses, map[string]any{"$ref": ref})
		out = append(out, m, p, r)
	}
	ref := func(name string) any { return map[string]any{"$ref": name} }
	return append(out, replace(responses, ref("#/components/schemas/Order")), replace(parameters, ref("#/components/responses/Failure")), replace(bodies, ref("#/components/parameters/Limit")), replace(headers, ref("#/components/parameters/Limit")),
		replace(headers, ref("#/components/headers/Missing")), replace(links, ref("#/components/links/Missing")), replace(examples, ref("#/components/examples/Missing")), replace(bodies, ref("#/components/requestBodies/Missing")),
		replace("components/securitySchemes/*", ref("#/components/securitySchemes/Missing")), set("components/schemas/*/discriminator", "mapping", map[string]any{"a": 5}), set("components/schemas/*/discriminator", "mapping", []any{}))
}

// wrongSecurity breaks security schemes and requirements.
func wrongSecurity() []mutation {
	requirement := func(v any) mutation { return set(operations, "security", []any{v}) }
	return []mutation{
		requirement(map[string]any{"missing": []any{}}), requirement(map[string]any{"key": "all"}), requirement(map[string]any{"key": map[string]any{}}), requirement([]any{}), requirement(map[string]any{"key": []any{5}}),
		set(root, "security", []any{map[string]any{"missing": []any{}}}), set(schemes, "type", "apikey"), set(schemes, "type", "http2"), set(schemes, "type", 5), set(schemes, "type", ""), set(schemes, "in", "body", "in"), set(schemes, "in", "path", "in"),
		set(schemes, "name", 5, "in"), set(schemes, "scheme", 5, "scheme"), set(schemes, "openIdConnectUrl", 5, "openIdConnectUrl"), set(schemes, "flow", "code", "flow"), rename("components/securitySchemes/*/flows", "*", "accessCode"), rename("components/securitySchemes/*/flows", "*", "application"),
		set("components/securitySchemes/*/flows/*", "scopes", map[string]any{"a": 5}), set(schemes, "scopes", []any{"a"}, "scopes"),
	}
}

// wrongSchemas breaks schemas.
func wrongSchemas() []mutation {
	var out []mutation
	for _, c := range []struct {
		key   string
		value any
	}{
		{"type", "strin"}, {"type", "int"}, {"type", "String"}, {"type", 5}, {"type", map[string]any{}}, {"type", []any{"string", "foo"}}, {"type", []any{}}, {"type", ""}, {"type", []any{"string"}}, {"type", "null"}, {"type", "file"}, {"type", "date"},
		{"properties", []any{}}, {"properties", "x"}, {"properties", map[string]any{"a": "string"}}, {"properties", map[string]any{"a": nil}}, {"required", "id"}, {"required", true}, {"required", []any{1}}, {"required", []any{}}, {"required", []any{"a", "a"}},
		{"enum", "a"}, {"enum", map[string]any{}}, {"enum", []any{}}, {"items", []any{map[string]any{"type": "string"}}}, {"items", "string"}, {"additionalProperties", "no"}, {"additionalProperties", []any{}},
		{"minimum", "3"}, {"maximum", []any{}}, {"exclusiveMinimum", "yes"}, {"exclusiveMinimum", 5}, {"exclusiveMaximum", true}, {"multipleOf", 0}, {"multipleOf", -1}, {"minLength", -1}, {"minLength", 1.5}, {"maxLength", "5"}, {"maxItems", -1}, {"minItems", "1"}, {"maxProperties", -1},
		{"pattern", 5}, {"format", 5}, {"nullable", "yes"}, {"uniqueItems", 1}, {"readOnly", "yes"}, {"writeOnly", 0}, {"deprecated", "no"}, {"title", 5}, {"description", 5}, {"allOf", map[string]any{}}, {"allOf", []any{}}, {"allOf", []any{"x"}}, {"oneOf", []any{}}, {"oneOf", "x"}, {"anyOf", []any{5}}, {"not", "x"}, {"not", []any{}},
		{"discriminator", "kind"}, {"discriminator", []any{}}, {"discriminator", map[string]any{}}, {"xml", "order"}, {"externalDocs", "x"}, {"const", "x"}, {"if", "x"}, {"prefixItems", map[string]any{}}, {"patternProperties", []any{}}, {"dependentRequired", []any{}}, {"contains", "x"}, {"minContains", -1}, {"$defs", []any{}}, {"examples", map[string]any{}},
		{"$id", 5}, {"unevaluatedProperties", "no"}, {"propertyNames", "x"}, {"type", nil}, {"properties", nil}, {"items", nil},
	} {
		m := set(schemas, c.key, c.value)
		out = append(out, m)
	}
	return append(out, set(schemas, "minimum", "3", "type"), set("paths/*/@/parameters/*/schema", "type", "int"), set("paths/*/@/parameters/*/schema", "enum", "a"), set(headers+"/schema", "type", "int"), set("components/schemas/*/xml", "attribute", "yes"), set("components/schemas/*/xml", "name", 5),
		edit("list without items", schemas, func(m map[string]any) bool { was := m["type"]; delete(m, "items"); return was == "array" }))
}

// contradictions breaks rules about several places.
func contradictions() []mutation {
	twice := func(key string) mutation {
		return mutation{key + " twice", "paths", func(v any, _ func(any)) bool {
			var first any
			for _, p := range find(place{}, v, []string{"*", "@"}) {
				op, _ := p.at()
				m := op.(map[string]any)
				if first != nil && m[key] != nil {
					m[key] = first
					return true
				}
				first = m[key]
			}
			return false
		}}
	}
	return []mutation{
		twice("operationId"),
		{"path twice", "paths", func(v any, _ func(any)) bool {
			m, _ := object(v)
			for _, k := range slices.Sorted(maps.Keys(m)) {
				if i, j := strings.Index(k, "{"), strings.Index(k, "}"); i >= 0 {
					// The same template with another name, and no other mistake.
					other := k[:i] + "{twin}" + k[j+1:]
					m[other] = map[string]any{"get": map[string]any{"operationId": "twin", "responses": map[string]any{"200": map[string]any{"description": "ok"}}}}
					var ps []any
					for _, part := range strings.Split(other, "{")[1:] {
						name, _, _ := strings.Cut(part, "}")
						ps = append(ps, map[string]any{"name": name, "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
					}
					m[other].(map[string]any)["parameters"] = ps
					return true
				}
			}
			return false
		}},
		{"tag twice", "tags", func(v any, put func(any)) bool { l := v.([]any); put(append(l, l[0])); return true }},
		set(responseLists, "default", nil), replace(responseLists, map[string]any{}), set(servers, "url", "https://{region}.{zone}.example.com"), set(servers, "url", "https://{region.example.com"),
		set(links, "operationRef", "#/paths/~1orders/get", "operationId"), edit("link without operation", links, func(m map[string]any) bool { delete(m, "operationId"); delete(m, "operationRef"); return true }), set(links, "operationId", "missing", "operationId"),
		set(examples, "externalValue", "https://example.com/a", "value"), set("paths/*/@/requestBody/content/*", "example", 1, "examples"), set("info/license", "identifier", "MIT", "url"), set("info/license", "url", "https://example.com", "identifier"),
		set("components/schemas/*/properties/*", "readOnly", true, "writeOnly"), set(root, "host", "https://example.com", "swagger"), set(root, "basePath", "v1", "swagger"), set(root, "webhooks", map[string]any{"a": map[string]any{}}, "openapi"),
		edit("two bodies", "paths/*/post", func(m map[string]any) bool {
			l, _ := m["parameters"].([]any)
			m["parameters"] = append(l, map[string]any{"name": "second", "in": "body", "schema": map[string]any{"type": "object"}})
			return m["consumes"] != nil
		}),
		edit("body and form", "paths/*/post", func(m map[string]any) bool {
			l, _ := m["parameters"].([]any)
			m["parameters"] = append(l, map[string]any{"name": "field", "in": "formData", "type": "string"})
			return m["consumes"] != nil
		}),
	}
}
