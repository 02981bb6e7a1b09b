package openapi

import (
	"slices"
	"strings"
)

// object is a kind of object in an OpenAPI document: in what order people expect its keys, and what is under them.
// The zero value is plain data, its keys sorted.
type object struct {
	order    []string
	children map[string]*object
	// each is the kind of all other values: of a map of things, or, through a list, of its elements.
	each *object
	// schema says that its numbers are those of a schema.
	schema bool
}

// mapOf is a map of things by name; its keys are sorted.
func mapOf(o *object) *object { return &object{each: o} }

// leadsOn says whether there may be schemas in it.
func (o *object) leadsOn() bool { return o.schema || o.each != nil || len(o.children) > 0 }

// child returns the kind of what is under key. Lists hand their own kind on to their elements.
func (o *object) child(key string) *object {
	if c := o.children[key]; c != nil {
		return c
	}
	if o.each != nil {
		return o.each
	}
	return &object{}
}

// sort puts keys in order: the known ones first, then the others by name, extensions last.
func (o *object) sort(keys []string) {
	rank := func(k string) int {
		if i := slices.Index(o.order, k); i >= 0 {
			return i
		}
		if strings.HasPrefix(k, "x-") && o.each == nil {
			return len(o.order) + 1
		}
		return len(o.order)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

// documentKind describes a whole document (OpenAPI 3.0.3 and 3.1.0, section 4).
func documentKind() *object {
	schema := &object{schema: true, order: strings.Fields("$ref $schema $id title description type format const enum default " +
		"nullable deprecated readOnly writeOnly multipleOf minimum exclusiveMinimum maximum exclusiveMaximum " +
		"minLength maxLength pattern minItems maxItems uniqueItems minProperties maxProperties required properties " +
		"patternProperties additionalProperties propertyNames prefixItems items contains allOf oneOf anyOf not if then else " +
		"discriminator xml externalDocs example examples")}
	schema.children = map[string]*object{
		"discriminator": {order: strings.Fields("propertyName mapping")},
	}
	for _, k := range strings.Fields("properties patternProperties dependentSchemas $defs") {
		schema.children[k] = mapOf(schema)
	}
	for _, k := range strings.Fields("items additionalProperties prefixItems contains propertyNames not if then else allOf oneOf anyOf " +
		"unevaluatedItems unevaluatedProperties contentSchema") {
		schema.children[k] = schema
	}
	example := &object{order: strings.Fields("$ref summary description value externalValue")}
	server := &object{order: strings.Fields("url description variables")}
	header := &object{order: strings.Fields("$ref name in description required deprecated allowEmptyValue style explode allowReserved schema content example examples")}
	media := &object{order: strings.Fields("schema " + ExtEvents + " " + ExtParts + " encoding example examples")}
	encoding := &object{order: strings.Fields("contentType headers style explode allowReserved"),
		children: map[string]*object{"headers": mapOf(header)}}
	media.children = map[string]*object{"schema": schema, ExtEvents: mapOf(schema), "encoding": mapOf(encoding), "examples": mapOf(example)}
	header.children = map[string]*object{"schema": schema, "content": mapOf(media), "examples": mapOf(example)}
	body := &object{order: strings.Fields("$ref description required content"), children: map[string]*object{"content": mapOf(media)}}
	link := &object{order: strings.Fields("$ref operationId operationRef description parameters requestBody server"),
		children: map[string]*object{"server": server}}
	response := &object{order: strings.Fields("$ref description headers content links"),
		children: map[string]*object{"headers": mapOf(header), "content": mapOf(media), "links": mapOf(link)}}
	operation := &object{order: strings.Fields("operationId summary description tags deprecated externalDocs servers security parameters requestBody responses callbacks")}
	item := &object{order: strings.Fields("$ref summary description servers parameters get head post put patch delete options trace"),
		children: map[string]*object{"servers": server, "parameters": header}}
	for _, m := range strings.Fields("get head post put patch delete options trace") {
		item.children[m] = operation
	}
	callback := mapOf(item)
	operation.children = map[string]*object{"servers": server, "parameters": header, "requestBody": body,
		"responses": mapOf(response), "callbacks": mapOf(callback)}
	scheme := &object{order: strings.Fields("$ref type description scheme bearerFormat in name openIdConnectUrl flows"),
		children: map[string]*object{"flows": mapOf(&object{order: strings.Fields("authorizationUrl tokenUrl refreshUrl scopes")})}}
	components := &object{order: strings.Fields("securitySchemes parameters headers requestBodies responses links callbacks examples schemas pathItems"),
		children: map[string]*object{"securitySchemes": mapOf(scheme), "parameters": mapOf(header), "headers": mapOf(header),
			"requestBodies": mapOf(body), "responses": mapOf(response), "links": mapOf(link), "callbacks": mapOf(callback),
			"examples": mapOf(example), "schemas": mapOf(schema), "pathItems": mapOf(item)}}
	return &object{
		order: strings.Fields("openapi swagger jsonSchemaDialect info externalDocs servers security tags paths webhooks components"),
		children: map[string]*object{
			"info": {order: strings.Fields("title summary version description termsOfService contact license"),
				children: map[string]*object{"contact": {order: strings.Fields("name url email")}, "license": {order: strings.Fields("name identifier url")}}},
			"servers": server, "paths": mapOf(item), "webhooks": mapOf(item), "components": components,
			"tags": {order: strings.Fields("name description externalDocs")},
		},
	}
}
