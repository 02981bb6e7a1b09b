package openapitest

import (
	"bytes"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// Encode writes a document, or fails the test.
func Encode(t interface{ Fatal(...any) }, doc *openapi3.T, f openapi.Format) []byte {
	var b bytes.Buffer
	if err := openapi.Encode(&b, doc, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Shop is a document with parameters in all locations and styles, bodies of all types, and a
// discriminator.
const Shop = `
openapi: 3.0.3
info: {title: t, version: "1"}
servers: [{url: https://shop.example.com/v1}]
paths:
  /items:
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer, maximum: 100}}
        - {name: ids, in: query, explode: false, schema: {type: array, items: {type: integer}}}
        - {name: tag, in: query, schema: {type: array, items: {type: string, enum: [a, b]}}}
        - {name: filter, in: query, style: deepObject, schema: {type: object, properties: {min: {type: number}, on: {type: boolean}}, additionalProperties: false}}
        - {name: X-Tenant, in: header, required: true, schema: {type: string, format: uuid}}
        - {name: theme, in: cookie, schema: {type: string, enum: [dark, light]}}
      responses:
        "200": {description: OK, headers: {X-Total: {required: true, schema: {type: integer}}}, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Item'}}}}}
    post:
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Item'}}
          application/x-www-form-urlencoded: {schema: {type: object, required: [name], properties: {name: {type: string}, price: {type: number}, tags: {type: array, items: {type: integer}}, size: {type: object, properties: {w: {type: integer}}, additionalProperties: false}}, additionalProperties: false}}
          multipart/form-data: {schema: {type: object, required: [name, file], properties: {name: {type: string}, n: {type: integer}, file: {type: string, format: binary}, meta: {type: object, required: [a]}}}}
      responses:
        2XX: {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}}
  /items/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer, format: int32}}]
      responses:
        "200": {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}, application/x-ndjson: {schema: {type: object, required: [n]}}, text/event-stream: {schema: {type: object, required: [n]}}}}
        "204": {description: none}
  /pets:
    get:
      responses:
        "200": {description: OK, content: {application/json: {schema: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}], discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Cat', dog: '#/components/schemas/Dog'}}}}}}
components:
  securitySchemes: {key: {type: apiKey, in: query, name: api_key}}
  schemas:
    Item:
      type: object
      required: [id, name, secret]
      properties:
        id: {type: integer, format: int64, readOnly: true}
        secret: {type: string, writeOnly: true}
        name: {type: string, pattern: '^(?=.)[^!]+$'}
        note: {type: string, nullable: true}
        parent: {nullable: true, allOf: [{$ref: '#/components/schemas/Item'}]}
        when: {type: string, format: date-time}
    Cat: {type: object, required: [kind], properties: {kind: {type: string}, lives: {type: integer}}}
    Dog: {type: object, required: [kind], properties: {kind: {type: string}, lives: {type: string}}}
`

// Routes is a document with path templates of all kinds and several servers.
const Routes = `
openapi: 3.1.0
info: {title: t, version: "1"}
servers:
  - url: https://api.example.com/v1
  - url: https://{region}.example.com/v1
    variables: {region: {default: eu, enum: [eu, us]}}
  - url: http://localhost:8080
paths:
  /users: {get: {operationId: users}}
  /users/me: {get: {operationId: me}}
  /users/{id}: {get: {operationId: user}, delete: {operationId: deleteUser}, parameters: [{name: id, in: path, required: true, schema: {type: string}}]}
  /users/{id}.json: {get: {operationId: userJSON}}
  /repos/{owner}/{repo}/compare/{base}...{head}: {get: {operationId: compare}}
  /repos/{owner}/{repo}/contents/{path}:
    get: {operationId: contents, parameters: [{name: path, in: path, required: true, x-spectap-multi-segment: true, schema: {type: string}}]}
  /repos/{owner}/{repo}/contents/{path}/raw:
    get: {operationId: raw, parameters: [{name: path, in: path, required: true, x-spectap-multi-segment: true, schema: {type: string}}]}
  /repos/{owner}/{repo}/contents/readme: {get: {operationId: readme}}
  /{path}/edit:
    put: {operationId: edit, parameters: [{name: path, in: path, required: true, x-spectap-multi-segment: true, schema: {type: string}}]}
  /{room}/{chair}: {put: {operationId: chair}}
  /a%20b/{x}: {get: {operationId: spaced}}
  /slash/: {get: {operationId: slashed}}
  /both: {get: {operationId: bare}}
  /both/: {get: {operationId: withSlash}}
  /upload:
    post: {operationId: upload, servers: [{url: "https://uploads.example.com/u"}]}
`
