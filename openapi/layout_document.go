package openapi

import "strings"

// layout3 describes the objects of OpenAPI (3.0.3, 3.1.0 and 3.2.0, section 4), one in a line. It
// lists the keys of an object in their order; those behind "|" have no place. Behind "=" stands the
// object that a key holds, or holds a list of: {x} is a map from names to x. A map alone is the
// object itself. "+" marks objects whose numbers are those of a schema.
const layout3 = `
document: openapi swagger $self jsonSchemaDialect info=info externalDocs servers=server security=requirement tags=tag
  paths={item} webhooks={item} components=components
info: title summary version description termsOfService contact=contact license=license
contact: name url email
license: name identifier url
server: name url description variables
requirement: {data}
data:
tag: name summary parent kind description externalDocs
components: securitySchemes={scheme} parameters={parameter} headers={parameter} requestBodies={body} responses={response}
  links={link} callbacks={{item}} examples={example} schemas={schema} mediaTypes=content pathItems={item}
scheme: $ref type description deprecated scheme bearerFormat in name openIdConnectUrl oauth2MetadataUrl flows={flow}
flow: authorizationUrl deviceAuthorizationUrl tokenUrl refreshUrl scopes
item: $ref summary description servers=server parameters=parameter get=operation query=operation head=operation
  post=operation put=operation patch=operation delete=operation options=operation trace=operation
  additionalOperations={operation}
operation: operationId summary description tags deprecated externalDocs servers=server security=requirement
  parameters=parameter requestBody=body responses={response} callbacks={{item}} | ` + ExtOperations + `={operation}
parameter: $ref name in description required deprecated allowEmptyValue style explode allowReserved schema=schema
  content=content example examples={example}
body: $ref description required content=content
response: $ref summary description headers={parameter} content=content links={link}
link: $ref operationId operationRef description parameters requestBody server=server
content: {media}
media: $ref schema=schema itemSchema=schema ` + ExtEvents + `={schema} ` + ExtParts + ` ` + ExtFormat + ` ` + ExtGuarded + ` ` + ExtPartial + `
  encoding={encoding} prefixEncoding=encoding itemEncoding=encoding example examples={example}
encoding: contentType headers={parameter} style explode allowReserved encoding={encoding} prefixEncoding=encoding
  itemEncoding=encoding
example: $ref summary description dataValue serializedValue value externalValue
schema+: $ref $schema $id title description type format const enum default nullable deprecated readOnly writeOnly
  multipleOf minimum exclusiveMinimum maximum exclusiveMaximum minLength maxLength pattern minItems maxItems uniqueItems
  minProperties maxProperties required properties={schema} patternProperties={schema} additionalProperties=schema
  propertyNames=schema prefixItems=schema items=schema contains=schema allOf=schema oneOf=schema anyOf=schema not=schema
  if=schema then=schema else=schema discriminator=discriminator xml=xml externalDocs example examples
  | dependentSchemas={schema} $defs={schema} unevaluatedItems=schema unevaluatedProperties=schema contentSchema=schema
discriminator: propertyName mapping defaultMapping
xml: nodeType name namespace prefix attribute wrapped`

// layout2 describes where a document of version 2.0 has schemas; it names no orders. Parameters,
// headers and their items have the keywords of a schema themselves.
const layout2 = `
document: | paths={path} definitions={schema} parameters={field} responses={answer}
path: {operation} | parameters=field
operation: | parameters=field responses={answer}
field+: | schema=schema items=items
items+: | items=items
answer: | schema=schema`

// DocumentLayout describes a document of version 3.
func DocumentLayout() *ObjectLayout { return parseLayout(layout3) }

// SwaggerLayout describes a document of version 2.0.
func SwaggerLayout() *ObjectLayout {
	_, schemas, _ := strings.Cut(layout3, "\nschema+")
	return parseLayout(layout2 + "\nschema+" + schemas)
}

// parseLayout returns the object "document" of a table.
func parseLayout(table string) *ObjectLayout {
	objects := map[string]*ObjectLayout{}
	var named func(name string) *ObjectLayout
	named = func(name string) *ObjectLayout {
		if strings.HasPrefix(name, "{") {
			return &ObjectLayout{Each: named(name[1 : len(name)-1])}
		}
		if objects[name] == nil {
			objects[name] = &ObjectLayout{Name: name, Children: map[string]*ObjectLayout{}}
		}
		return objects[name]
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(table, "\n  ", " "), "\n") {
		head, keys, _ := strings.Cut(line, ":")
		name, isSchema := strings.CutSuffix(head, "+")
		o, hasPlace := named(name), true
		o.Schema = isSchema
		for key := range strings.FieldsSeq(keys) {
			key, value, isObject := strings.Cut(key, "=")
			switch {
			case key == "|":
				hasPlace = false
				continue
			case strings.HasPrefix(key, "{"):
				o.Each = named(key).Each
				continue
			case hasPlace:
				o.Order = append(o.Order, key)
			}
			if isObject {
				o.Children[key] = named(value)
			}
		}
	}
	return objects["document"]
}
