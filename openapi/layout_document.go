package openapi

import "strings"

// DocumentLayout describes a whole document (OpenAPI 3.0.3, 3.1.0 and 3.2.0, section 4).
func DocumentLayout() *ObjectLayout {
	schema := schemaObject()
	example := &ObjectLayout{Order: strings.Fields("$ref summary description dataValue serializedValue value externalValue")}
	server := &ObjectLayout{Order: strings.Fields("name url description variables")}
	header := &ObjectLayout{Name: "parameter", Order: strings.Fields("$ref name in description required deprecated allowEmptyValue style explode " +
		"allowReserved schema content example examples")}
	media := &ObjectLayout{Name: "media", Order: strings.Fields("$ref schema itemSchema " + ExtEvents + " " + ExtParts + " " + ExtFormat + " " + ExtGuarded + " " + ExtPartial +
		" encoding prefixEncoding itemEncoding example examples")}
	content := &ObjectLayout{Name: "content", Each: media}
	requirement := &ObjectLayout{Name: "requirement", Each: &ObjectLayout{}}
	encoding := &ObjectLayout{
		Order:    strings.Fields("contentType headers style explode allowReserved encoding prefixEncoding itemEncoding"),
		Children: map[string]*ObjectLayout{"headers": mapOf(header)},
	}
	for key, kind := range map[string]*ObjectLayout{"encoding": mapOf(encoding), "prefixEncoding": encoding, "itemEncoding": encoding} {
		encoding.Children[key] = kind
	}
	media.Children = map[string]*ObjectLayout{
		"schema": schema, "itemSchema": schema, ExtEvents: mapOf(schema), "encoding": mapOf(encoding),
		"prefixEncoding": encoding, "itemEncoding": encoding, "examples": mapOf(example),
	}
	header.Children = map[string]*ObjectLayout{"schema": schema, "content": content, "examples": mapOf(example)}
	body := &ObjectLayout{
		Order:    strings.Fields("$ref description required content"),
		Children: map[string]*ObjectLayout{"content": content},
	}
	link := &ObjectLayout{
		Order:    strings.Fields("$ref operationId operationRef description parameters requestBody server"),
		Children: map[string]*ObjectLayout{"server": server},
	}
	response := &ObjectLayout{
		Name:     "response",
		Order:    strings.Fields("$ref summary description headers content links"),
		Children: map[string]*ObjectLayout{"headers": mapOf(header), "content": content, "links": mapOf(link)},
	}
	item := pathItem(server, header, body, response, requirement)
	scheme := &ObjectLayout{
		Order: strings.Fields("$ref type description deprecated scheme bearerFormat in name openIdConnectUrl oauth2MetadataUrl flows"),
		Children: map[string]*ObjectLayout{
			"flows": mapOf(&ObjectLayout{Order: strings.Fields("authorizationUrl deviceAuthorizationUrl tokenUrl refreshUrl scopes")}),
		},
	}
	components := &ObjectLayout{
		Order: strings.Fields("securitySchemes parameters headers requestBodies responses links callbacks examples " +
			"schemas mediaTypes pathItems"),
		Children: map[string]*ObjectLayout{
			"securitySchemes": mapOf(scheme), "parameters": mapOf(header), "headers": mapOf(header),
			"requestBodies": mapOf(body), "responses": mapOf(response), "links": mapOf(link),
			"callbacks": mapOf(mapOf(item)), "examples": mapOf(example), "schemas": mapOf(schema), "mediaTypes": content, "pathItems": mapOf(item),
		},
	}
	return &ObjectLayout{
		Order: strings.Fields("openapi swagger $self jsonSchemaDialect info externalDocs servers security tags paths webhooks " +
			"components"),
		Children: map[string]*ObjectLayout{
			"info": infoObject(), "servers": server, "paths": mapOf(item), "webhooks": mapOf(item), "components": components,
			"security": requirement, "tags": {Order: strings.Fields("name summary parent kind description externalDocs")},
		},
	}
}

// SwaggerLayout describes where a document of version 2.0 has schemas; it names no orders.
// Parameters, headers and their items have the keywords of a schema themselves.
func SwaggerLayout() *ObjectLayout {
	schema := schemaObject()
	items := &ObjectLayout{Schema: true, Children: map[string]*ObjectLayout{}}
	items.Children["items"] = items
	parameter := &ObjectLayout{Schema: true, Children: map[string]*ObjectLayout{"schema": schema, "items": items}}
	response := &ObjectLayout{Children: map[string]*ObjectLayout{"schema": schema}}
	operation := &ObjectLayout{Name: "operation", Children: map[string]*ObjectLayout{"parameters": parameter, "responses": mapOf(response)}}
	item := &ObjectLayout{Children: map[string]*ObjectLayout{"parameters": parameter}, Each: operation}
	return &ObjectLayout{Children: map[string]*ObjectLayout{
		"paths": mapOf(item), "definitions": mapOf(schema), "parameters": mapOf(parameter), "responses": mapOf(response),
	}}
}

func infoObject() *ObjectLayout {
	return &ObjectLayout{
		Order: strings.Fields("title summary version description termsOfService contact license"),
		Children: map[string]*ObjectLayout{
			"contact": {Order: strings.Fields("name url email")},
			"license": {Order: strings.Fields("name identifier url")},
		},
	}
}

func pathItem(server, header, body, response, requirement *ObjectLayout) *ObjectLayout {
	operation := &ObjectLayout{Name: "operation", Order: strings.Fields("operationId summary description tags deprecated externalDocs servers " +
		"security parameters requestBody responses callbacks")}
	item := &ObjectLayout{
		Name: "item",
		Order: strings.Fields("$ref summary description servers parameters get query head post put patch delete options " +
			"trace additionalOperations"),
		Children: map[string]*ObjectLayout{"servers": server, "parameters": header, "additionalOperations": mapOf(operation)},
	}
	for _, m := range strings.Fields("get query head post put patch delete options trace") {
		item.Children[m] = operation
	}
	operation.Children = map[string]*ObjectLayout{
		"security": requirement, "servers": server, "parameters": header, "requestBody": body, "responses": mapOf(response),
		"callbacks": mapOf(mapOf(item)), ExtOperations: mapOf(operation),
	}
	return item
}

func schemaObject() *ObjectLayout {
	schema := &ObjectLayout{Schema: true, Order: strings.Fields("$ref $schema $id title description type format const enum " +
		"default nullable deprecated readOnly writeOnly multipleOf minimum exclusiveMinimum maximum exclusiveMaximum " +
		"minLength maxLength pattern minItems maxItems uniqueItems minProperties maxProperties required properties " +
		"patternProperties additionalProperties propertyNames prefixItems items contains allOf oneOf anyOf not if then " +
		"else discriminator xml externalDocs example examples")}
	schema.Children = map[string]*ObjectLayout{
		"discriminator": {Order: strings.Fields("propertyName mapping defaultMapping")},
		"xml":           {Name: "xml", Order: strings.Fields("nodeType name namespace prefix attribute wrapped")},
	}
	for _, k := range strings.Fields("properties patternProperties dependentSchemas $defs") {
		schema.Children[k] = mapOf(schema)
	}
	for _, k := range strings.Fields("items additionalProperties prefixItems contains propertyNames not if then else " +
		"allOf oneOf anyOf unevaluatedItems unevaluatedProperties contentSchema") {
		schema.Children[k] = schema
	}
	return schema
}
