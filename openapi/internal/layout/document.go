package layout

import "strings"

// Document describes a whole document (OpenAPI 3.0.3 and 3.1.0, section 4).
func Document() *Object {
	schema := schemaObject()
	example := &Object{Order: strings.Fields("$ref summary description value externalValue")}
	server := &Object{Order: strings.Fields("url description variables")}
	header := &Object{Order: strings.Fields("$ref name in description required deprecated allowEmptyValue style explode " +
		"allowReserved schema content example examples")}
	media := &Object{Order: strings.Fields("schema " + ExtEvents + " " + ExtParts + " " + ExtPartial + " encoding example examples")}
	encoding := &Object{
		Order:    strings.Fields("contentType headers style explode allowReserved"),
		Children: map[string]*Object{"headers": mapOf(header)},
	}
	media.Children = map[string]*Object{
		"schema": schema, ExtEvents: mapOf(schema), "encoding": mapOf(encoding), "examples": mapOf(example),
	}
	header.Children = map[string]*Object{"schema": schema, "content": mapOf(media), "examples": mapOf(example)}
	body := &Object{
		Order:    strings.Fields("$ref description required content"),
		Children: map[string]*Object{"content": mapOf(media)},
	}
	link := &Object{
		Order:    strings.Fields("$ref operationId operationRef description parameters requestBody server"),
		Children: map[string]*Object{"server": server},
	}
	response := &Object{
		Order:    strings.Fields("$ref description headers content links"),
		Children: map[string]*Object{"headers": mapOf(header), "content": mapOf(media), "links": mapOf(link)},
	}
	item := pathItem(server, header, body, response)
	scheme := &Object{
		Order: strings.Fields("$ref type description scheme bearerFormat in name openIdConnectUrl flows"),
		Children: map[string]*Object{
			"flows": mapOf(&Object{Order: strings.Fields("authorizationUrl tokenUrl refreshUrl scopes")}),
		},
	}
	components := &Object{
		Order: strings.Fields("securitySchemes parameters headers requestBodies responses links callbacks examples " +
			"schemas pathItems"),
		Children: map[string]*Object{
			"securitySchemes": mapOf(scheme), "parameters": mapOf(header), "headers": mapOf(header),
			"requestBodies": mapOf(body), "responses": mapOf(response), "links": mapOf(link),
			"callbacks": mapOf(mapOf(item)), "examples": mapOf(example), "schemas": mapOf(schema), "pathItems": mapOf(item),
		},
	}
	return &Object{
		Order: strings.Fields("openapi swagger jsonSchemaDialect info externalDocs servers security tags paths webhooks " +
			"components"),
		Children: map[string]*Object{
			"info": infoObject(), "servers": server, "paths": mapOf(item), "webhooks": mapOf(item), "components": components,
			"tags": {Order: strings.Fields("name description externalDocs")},
		},
	}
}

// Swagger describes where a document of version 2.0 has schemas; it names no orders. Parameters,
// headers and their items have the keywords of a schema themselves.
func Swagger() *Object {
	schema := schemaObject()
	items := &Object{Schema: true, Children: map[string]*Object{}}
	items.Children["items"] = items
	parameter := &Object{Schema: true, Children: map[string]*Object{"schema": schema, "items": items}}
	response := &Object{Children: map[string]*Object{"schema": schema}}
	operation := &Object{Children: map[string]*Object{"parameters": parameter, "responses": mapOf(response)}}
	item := &Object{Children: map[string]*Object{"parameters": parameter}, Each: operation}
	return &Object{Children: map[string]*Object{
		"paths": mapOf(item), "definitions": mapOf(schema), "parameters": mapOf(parameter), "responses": mapOf(response),
	}}
}

func infoObject() *Object {
	return &Object{
		Order: strings.Fields("title summary version description termsOfService contact license"),
		Children: map[string]*Object{
			"contact": {Order: strings.Fields("name url email")},
			"license": {Order: strings.Fields("name identifier url")},
		},
	}
}

func pathItem(server, header, body, response *Object) *Object {
	operation := &Object{Order: strings.Fields("operationId summary description tags deprecated externalDocs servers " +
		"security parameters requestBody responses callbacks")}
	item := &Object{
		Order: strings.Fields("$ref summary description servers parameters get head post put patch delete options " +
			"trace"),
		Children: map[string]*Object{"servers": server, "parameters": header},
	}
	for _, m := range strings.Fields("get head post put patch delete options trace") {
		item.Children[m] = operation
	}
	operation.Children = map[string]*Object{
		"servers": server, "parameters": header, "requestBody": body, "responses": mapOf(response),
		"callbacks": mapOf(mapOf(item)),
	}
	return item
}

func schemaObject() *Object {
	schema := &Object{Schema: true, Order: strings.Fields("$ref $schema $id title description type format const enum " +
		"default nullable deprecated readOnly writeOnly multipleOf minimum exclusiveMinimum maximum exclusiveMaximum " +
		"minLength maxLength pattern minItems maxItems uniqueItems minProperties maxProperties required properties " +
		"patternProperties additionalProperties propertyNames prefixItems items contains allOf oneOf anyOf not if then " +
		"else discriminator xml externalDocs example examples")}
	schema.Children = map[string]*Object{"discriminator": {Order: strings.Fields("propertyName mapping")}}
	for _, k := range strings.Fields("properties patternProperties dependentSchemas $defs") {
		schema.Children[k] = mapOf(schema)
	}
	for _, k := range strings.Fields("items additionalProperties prefixItems contains propertyNames not if then else " +
		"allOf oneOf anyOf unevaluatedItems unevaluatedProperties contentSchema") {
		schema.Children[k] = schema
	}
	return schema
}
